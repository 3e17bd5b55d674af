#include "lib/pg/quote.h"
#include "lib/preflight/draft.h"

namespace slotcast::preflight {
namespace {

using Kind = Finding::Kind;

std::string name_of(const pg::TableFacts& table) {
  return pg::quote_table(table.source.schema, table.source.table);
}

void suggest_identity(Draft& draft, const std::string& table, const std::string& identity) {
  suggest(draft.script.identities, "ALTER TABLE " + table + " REPLICA IDENTITY " + identity + ";");
}

bool has_good_primary_key(const pg::TableFacts& table) {
  return !table.primary_key.empty() && !table.primary_key_is_deferrable;
}

// Without an identity: why, what that means, and the next best one.
Finding no_identity(Draft& draft, const pg::TableFacts& table) {
  std::string why, remedy = "give it a primary key, or REPLICA IDENTITY FULL";
  if (!table.without_identity.empty()) {
    why = "partition " + table.without_identity + " has no replica identity";
    suggest_identity(draft, table.without_identity, "FULL");
  } else if (has_good_primary_key(table)) {
    why = "its replica identity is not its primary key";
    remedy = "let it be DEFAULT";
    suggest_identity(draft, name_of(table), "DEFAULT");
  } else {
    why = table.primary_key.empty() ? "it has no primary key"
                                    : "its primary key is deferrable, which is no identity";
    if (table.better_index.empty()) {
      suggest_identity(draft, name_of(table), "FULL");
    } else {
      remedy = "let index " + table.better_index + " be the identity";
      suggest_identity(draft, name_of(table),
                       "USING INDEX " + pg::quote_identifier(table.better_index));
    }
  }
  return {Kind::Warning, why + ": UPDATE and DELETE are not captured, only INSERT; " + remedy};
}

void examine_identity(Draft& draft, TableReport& report) {
  const pg::TableFacts& table = report.facts;
  auto& found = report.findings;
  if (!table.source.has_identity) {
    found.push_back(no_identity(draft, table));
  } else if (table.replica_identity == 'f' && has_good_primary_key(table)) {
    found.push_back(
        {Kind::Warning, "identity FULL writes every old row to the WAL; the primary key would do"});
    suggest_identity(draft, name_of(table), "DEFAULT");
  } else if (table.replica_identity == 'f') {
    found.push_back({Kind::Warning,
                     "identity FULL without a primary key: every old row is written to the WAL, "
                     "and nothing tells equal rows apart; give it a primary key"});
  } else if (!table.identity_is_primary && !table.identity_index.empty()) {
    found.push_back(
        {Kind::Note,
         "rows are told apart by index " + table.identity_index + ", not by " +
             (table.primary_key.empty() ? "a primary key, which it has not" : "the primary key")});
  }
  if (!table.wide_columns.empty() && table.replica_identity != 'f') {
    found.push_back({Kind::Note, "key values of " + table.wide_columns +
                                     " may be long: those stored out of line are sent again with "
                                     "every UPDATE"});
  }
  const bool has_key = !table.identity_index.empty() ||
                       (table.replica_identity == 'f' && !table.primary_key.empty());
  if (!has_key) {
    found.push_back(
        {Kind::Note, "without a key, a sink that is added later does not get its rows"});
  }
}

// A sink's first copy reads the table as any SELECT does; the stream asks for no right at all.
void examine_rights(Draft& draft, TableReport& report, bool copies_rows) {
  const pg::TableFacts& table = report.facts;
  const std::string role = pg::quote_identifier(draft.facts.instance.role.name);
  const Kind kind = copies_rows ? Kind::Error : Kind::Warning;
  const std::string what =
      copies_rows ? "its rows cannot be copied" : "a sink that is added later cannot get its rows";
  auto& rights = draft.script.rights;
  if (!table.closed_schemas.empty()) {
    report.findings.push_back({kind, "no USAGE on schema " + table.closed_schemas + ": " + what});
    add(rights, "GRANT USAGE ON SCHEMA " + table.closed_schemas + " TO " + role + ";");
  }
  if (!table.unreadable.empty()) {
    report.findings.push_back({kind, "no SELECT on " + table.unreadable + ": " + what});
    add(rights, "GRANT SELECT ON " + table.unreadable + " TO " + role + ";");
  }
  if (table.is_row_security_active) {
    report.findings.push_back({kind, "row level security hides rows from role " +
                                         draft.facts.instance.role.name + ": " + what +
                                         " in whole; give it BYPASSRLS"});
    add(rights, "ALTER ROLE " + role + " BYPASSRLS;");
  }
}

}  // namespace

void examine_table(Draft& draft, TableReport& report, bool copies_rows) {
  const pg::TableFacts& table = report.facts;
  examine_rights(draft, report, copies_rows);
  examine_identity(draft, report);
  if (!table.generated_columns.empty()) {
    report.findings.push_back({Kind::Warning, "generated column " + table.generated_columns +
                                                  ": not sent by the server; compute it at the "
                                                  "sink"});
  }
  if (table.kind == 'p') {
    report.findings.push_back(
        {Kind::Note, std::to_string(table.partitions) +
                         " partitions, whose changes come as those of this table; TRUNCATE, "
                         "ATTACH, DETACH and DROP of a single one are not sent"});
  }
}

}  // namespace slotcast::preflight
