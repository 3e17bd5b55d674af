#include "lib/preflight/report.h"

#include <algorithm>

#include "lib/preflight/draft.h"

namespace slotcast::preflight {

std::size_t Report::count(Finding::Kind kind) const {
  const auto in = [&](const std::vector<Finding>& some) {
    return static_cast<std::size_t>(std::count_if(
        some.begin(), some.end(), [&](const Finding& finding) { return finding.kind == kind; }));
  };
  std::size_t total = in(findings);
  for (const TableReport& table : tables) total += in(table.findings);
  return total;
}

void add(std::vector<std::string>& statements, const std::string& statement) {
  if (std::find(statements.begin(), statements.end(), statement) == statements.end()) {
    statements.push_back(statement);
  }
}

void suggest(std::vector<std::string>& statements, const std::string& statement) {
  add(statements, "-- " + statement);
}

std::vector<std::string> Script::lines() const {
  std::vector<std::string> all;
  // Where both are still to be done, the second depends on what is decided of the first.
  const bool is_open = !identities.empty() && !publications.empty();
  for (const auto* part : {&settings, &rights, &identities, &publications}) {
    if (part == &publications && is_open) {
      all.push_back("-- if you take one of these, check again before you go on");
    }
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

bool Draft::copies_rows() const {
  return std::any_of(wanted.routes.begin(), wanted.routes.end(),
                     [](const Wanted::Route& route) { return route.copies_rows; });
}

bool Draft::copies_first() const {
  return copies_rows() && !facts.slot && wanted.state != Wanted::State::Begun;
}

Report examine(const pg::PreflightFacts& facts, const Wanted& wanted) {
  Draft draft{facts, wanted, {}, {}};
  draft.report.instance = facts.instance;
  draft.report.slot = facts.slot;
  draft.report.sizes_are_estimates = facts.sizes_are_estimates;
  examine_server(draft);
  examine_slot(draft);
  examine_routes(draft);
  examine_publications(draft);
  draft.report.sql = draft.script.lines();
  return std::move(draft.report);
}

}  // namespace slotcast::preflight
