#include "lib/pg/publication_mark.h"

#include "lib/pg/quote.h"

namespace slotcast::pg {
namespace {

constexpr const char* kMark = "slotcast: column lists and filters are kept for slot ";

}  // namespace

// Parameters are not for replication connections, which ask this as well.
Result<std::map<std::string, Mark>> read_marks(Connection& connection, const Options& options) {
  const std::string names = connection.escape_literal(options.publication) + ", " +
                            connection.escape_literal(options.insert_publication());
  TRY_ASSIGN(const Rows rows,
             connection.query("SELECT p.pubname, d.comment, s.slot_name IS NOT NULL"
                              " FROM pg_catalog.pg_publication p, LATERAL (SELECT"
                              "   pg_catalog.obj_description(p.oid, 'pg_publication') AS comment) d"
                              " LEFT JOIN pg_catalog.pg_replication_slots s"
                              "   ON d.comment = " +
                              connection.escape_literal(kMark) + " || s.slot_name" +
                              " WHERE p.pubname IN (" + names + ")"));
  std::map<std::string, Mark> marks;
  for (const auto& row : rows) {
    Mark& mark = marks[row[0].value_or("")];
    const std::string comment = row[1].value_or("");
    mark.has_comment = !comment.empty();
    if (comment.starts_with(kMark)) mark.slot = comment.substr(std::string_view(kMark).size());
    mark.is_alive = row[2] == "t";
  }
  return marks;
}

std::string mark_ddl(const std::string& publication, const std::string& slot) {
  std::string text = kMark + slot;
  for (std::size_t at = text.find('\''); at != text.npos; at = text.find('\'', at + 2)) {
    text.insert(at, 1, '\'');
  }
  return "COMMENT ON PUBLICATION " + quote_identifier(publication) + " IS '" + text + "'; ";
}

std::string unmark_ddl(const std::string& publication) {
  return "COMMENT ON PUBLICATION " + quote_identifier(publication) + " IS NULL";
}

}  // namespace slotcast::pg
