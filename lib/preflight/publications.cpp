#include <algorithm>

#include "lib/pg/quote.h"
#include "lib/preflight/draft.h"

namespace slotcast::preflight {
namespace {

using Kind = Finding::Kind;

// From one publication into the other, so that no change is missed: a table that is in both, with a
// column list in one of them, could not be decoded any further.
std::string move_table(const std::string& from, const std::string& add_table,
                       const pg::SourceTable& table) {
  return "BEGIN; ALTER PUBLICATION " + pg::quote_identifier(from) + " DROP TABLE ONLY " +
         pg::quote_table(table.schema, table.table) + "; " + add_table + " COMMIT;";
}

std::string drop_table(const std::string& publication, const pg::SourceTable& table) {
  return "ALTER PUBLICATION " + pg::quote_identifier(publication) + " DROP TABLE ONLY " +
         pg::quote_table(table.schema, table.table) + ";";
}

// The daemon makes them, once and if it may; after that a missing one means lost changes.
void examine_missing(Draft& draft) {
  const pg::Options& options = draft.wanted.pg;
  const pg::Publications& now = draft.facts.publications;
  std::vector<pg::SourceTable> tables;
  std::string foreign;
  std::size_t foreign_count = 0;
  for (const TableReport& table : draft.report.tables) {
    tables.push_back(table.facts.source);
    const bool is_concerned =
        table.facts.source.has_identity ? !now.main.exists : !now.insert.exists;
    if (!is_concerned || table.facts.is_owner) continue;
    if (foreign_count++ == 0) foreign = table.facts.source.full_name();
  }
  const bool begun = draft.wanted.state == Wanted::State::Begun;
  const bool may_create = draft.facts.instance.role.may_create && foreign.empty();
  const std::string names = now.main.exists     ? "publication " + options.insert_publication()
                            : now.insert.exists ? "publication " + options.publication
                                                : "publications " + options.publication + " and " +
                                                      options.insert_publication();
  if (may_create && !begun) {
    draft.note(names + ": the first start makes what is missing");
    return;
  }
  const std::string& role = draft.facts.instance.role.name;
  if (begun) {
    draft.error(names + " is missing: what was committed without it was not sent, and is lost");
  } else if (foreign.empty()) {
    draft.error("role " + role + " may not create in database " + draft.facts.instance.database +
                ": a DBA makes " + names);
  } else {
    const std::string more =
        foreign_count == 1 ? "" : " and " + std::to_string(foreign_count - 1) + " more";
    draft.error("role " + role + " does not own " + foreign + more +
                ", which publishing takes: a DBA makes " + names);
  }
  const auto ddl = pg::publication_ddl(options, tables);
  if (!now.main.exists) add(draft.script.publications, ddl[0] + ";");
  if (!now.insert.exists) add(draft.script.publications, ddl[1] + ";");
}

// Somebody else may have made it, or altered it.
void compare(Draft& draft, const pg::Publication& publication, const std::string& name,
             const char* publish) {
  if (!publication.exists || (publication.publish == publish && publication.via_root)) return;
  const auto any = [&](auto&& claim) {
    return std::any_of(draft.report.tables.begin(), draft.report.tables.end(), claim);
  };
  const bool hides_partitions = !publication.via_root && any([](const TableReport& table) {
    return table.facts.kind == 'p';
  });
  const bool breaks_statements =
      publish == std::string(pg::kPublishInserts) && publication.publish != publish &&
      any([&](const auto& table) {
        const auto& source = table.facts.source;
        return !source.has_identity && publication.tables.count(source.full_name()) > 0;
      });
  const std::string text = "publication " + name + " is not as slotcast makes it: it publishes \"" +
                           publication.publish + "\", publish_via_partition_root is " +
                           (publication.via_root ? "true" : "false");
  if (hides_partitions) {
    draft.error(text + ": changes of partitions come under names that no route is about");
  } else if (breaks_statements) {
    draft.error(text + ": UPDATE or DELETE fail at the application");
  } else {
    draft.warning(text);
  }
  add(draft.script.publications, "ALTER PUBLICATION " + pg::quote_identifier(name) +
                                     " SET (publish = '" + publish +
                                     "', publish_via_partition_root = true);");
}

void examine_table(Draft& draft, TableReport& table) {
  const pg::Options& options = draft.wanted.pg;
  const pg::Publications& now = draft.facts.publications;
  const pg::SourceTable& source = table.facts.source;
  const bool in_main = now.main.tables.count(source.full_name()) > 0;
  const bool in_insert = now.insert.tables.count(source.full_name()) > 0;
  const bool goes_into_main = source.has_identity;
  table.is_published = in_main || in_insert;
  const bool is_main = table.is_published ? in_main : goes_into_main;
  table.publication = is_main ? options.publication : options.insert_publication();
  auto& statements = draft.script.publications;
  const std::string add_table = pg::add_table_ddl(options, source) + ";";
  if (!table.is_published) {
    const pg::Publication& wanted = goes_into_main ? now.main : now.insert;
    // Without publish_via_partition_root the server lists the partitions: see compare().
    if (!wanted.exists || (table.facts.kind == 'p' && !wanted.via_root)) return;
    table.findings.push_back({Kind::Error, "it is not published: its changes are not captured"});
    add(statements, add_table);
  } else if (!goes_into_main && in_main) {
    table.findings.push_back(
        {Kind::Error,
         "it is published for UPDATE and DELETE without a replica identity: these "
         "statements fail at the application"});
    add(statements, in_insert ? drop_table(options.publication, source)
                              : move_table(options.publication, add_table, source));
  } else if (goes_into_main && !in_main) {
    table.findings.push_back(
        {Kind::Warning,
         "it is published for INSERT only, although it has a replica identity: "
         "UPDATE and DELETE are not captured"});
    suggest(statements, move_table(options.insert_publication(), add_table, source));
  }
  if (table.facts.is_narrowed && !options.pushes_down) {
    table.findings.push_back(
        {Kind::Warning,
         "its publication has a row filter or a column list: what that leaves out "
         "is not captured; rows that a filter leaves out are copied at the beginning"});
  }
}

}  // namespace

void examine_publications(Draft& draft) {
  const pg::Publications& now = draft.facts.publications;
  if (!now.main.exists || !now.insert.exists) examine_missing(draft);
  compare(draft, now.main, draft.wanted.pg.publication, pg::kPublishAll);
  compare(draft, now.insert, draft.wanted.pg.insert_publication(), pg::kPublishInserts);
  for (TableReport& table : draft.report.tables) examine_table(draft, table);
}

}  // namespace slotcast::preflight
