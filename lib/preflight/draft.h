#pragma once

#include "lib/preflight/report.h"

// The report while it is being made. Used by this folder only.

namespace slotcast::preflight {

// What a DBA would run, by when: a role's rights before what needs them, identities before the
// publications that are chosen by them.
struct Script {
  std::vector<std::string> settings;
  std::vector<std::string> rights;
  std::vector<std::string> identities;
  std::vector<std::string> publications;

  // Each statement once. A suggestion is a comment: somebody has to decide.
  std::vector<std::string> lines() const;
};

void add(std::vector<std::string>& statements, const std::string& statement);
void suggest(std::vector<std::string>& statements, const std::string& statement);

struct Draft {
  const pg::PreflightFacts& facts;
  const Wanted& wanted;
  Report report;
  Script script;

  void error(std::string text) { report.findings.push_back({Finding::Kind::Error, text}); }
  void warning(std::string text) { report.findings.push_back({Finding::Kind::Warning, text}); }
  void note(std::string text) { report.findings.push_back({Finding::Kind::Note, text}); }
  bool copies_rows() const;   // any of the routes
  bool copies_first() const;  // with the slot that the first start makes
};

// The server's settings, the role's rights, what there is room for.
void examine_server(Draft& draft);
// The slot, and whether it is the one that the state directory knows.
void examine_slot(Draft& draft);
// Which tables the routes are about, and each of them.
void examine_routes(Draft& draft);
void examine_table(Draft& draft, TableReport& table, bool copies_rows);
// Those that exist, and those to be made for the report's tables.
void examine_publications(Draft& draft);

}  // namespace slotcast::preflight
