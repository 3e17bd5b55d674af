#include "lib/capture/narrower.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "lib/base/diag.h"
#include "lib/capture/publishable.h"
#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast::capture {
namespace {

constexpr const char* kStateName = "pushdown";
// The main loop waits for it.
constexpr Duration kPatience = std::chrono::seconds(2);

std::set<std::string> names_in(const std::string& columns) {
  std::set<std::string> names;
  std::string name;
  bool is_quoted = false;
  for (const char c : columns) {
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted || c == '"') name += c;
    if (is_quoted || c != ',') continue;
    names.insert(std::exchange(name, ""));
  }
  if (!name.empty()) names.insert(name);
  return names;
}

std::string describe(const pg::Narrowing& narrowing) {
  if (narrowing.is_plain()) return "everything";
  std::string text = narrowing.columns.empty() ? "all columns" : "columns " + narrowing.columns;
  if (!narrowing.filter.empty()) text += " where " + narrowing.filter;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Status Narrower::load() {
  if (is_loaded_) return {};
  TRY_ASSIGN(const auto text, io::read_state_file(state_, kStateName));
  const auto take = [&](const std::string& key, std::istringstream& values) {
    std::vector<std::string> words;
    snapshot::read_words(values, words);
    if (key != "table" || words.size() != 5) return values.setstate(std::ios::failbit);
    known_[words[0]] = {{words[1], words[2]}, {words[3], words[4]}};
  };
  TRY(snapshot::read_lines(kStateName, text.value_or(""), take));
  is_loaded_ = true;
  return {};
}

Status Narrower::write() const {
  std::ostringstream out;
  for (const auto& [name, known] : known_) {
    out << "table";
    snapshot::write_words(out,
                          std::vector<std::string>{name, known.asked.columns, known.asked.filter,
                                                   known.got.columns, known.got.filter});
  }
  return io::write_state_file(state_, kStateName, out.str());
}

Status Narrower::remember(const std::string& name, const pg::Narrowing& asked,
                          const pg::Narrowing& got) {
  const auto before = known_.find(name);
  if (before != known_.end() && before->second.asked == asked && before->second.got == got) {
    return {};
  }
  known_[name] = {asked, got};
  return write();
}

Status Narrower::forget(const std::string& name) {
  return known_.erase(name) == 0 ? Status() : write();
}

Result<bool> Narrower::is_needed() {
  const std::lock_guard lock(mutex_);
  TRY(load());
  return options_.pushes_down || !known_.empty();
}

Status Narrower::align(pg::Connection& sql, const std::vector<pg::SourceTable>& tables) {
  const std::lock_guard lock(mutex_);
  TRY(load());
  TRY_ASSIGN(const auto published, pg::read_published_tables(sql, options_));
  std::map<std::string, route::Publishable> known;
  if (options_.pushes_down) {
    TRY_ASSIGN(known, read_publishables(sql, tables));
  }
  std::map<std::string, int> count;
  for (const pg::PublishedTable& now : published) ++count[now.table.full_name()];
  for (const pg::PublishedTable& now : published) {
    const auto found = known.find(now.table.full_name());
    pg::Narrowing wanted;
    // A table in both may not have two column lists, and gets what either sends.
    const bool may_narrow = now.is_own && count[now.table.full_name()] == 1;
    if (found != known.end() && may_narrow) {
      found->second.sends_updates = now.publication == options_.publication;
      wanted = narrowing_of(route::find_pushdown(routes_, found->second));
    }
    const bool is_ours = options_.pushes_down ? found != known.end() : known_.count(now.name()) > 0;
    if (is_ours && now.is_own) TRY(align_table(sql, now, wanted));
  }
  // One that was taken out comes back as whoever puts it in says.
  const auto gone = std::erase_if(known_, [&](const auto& known) {
    return std::none_of(published.begin(), published.end(),
                        [&](const auto& each) { return each.name() == known.first; });
  });
  return gone > 0 ? write() : Status();
}

Status Narrower::align_table(pg::Connection& sql, const pg::PublishedTable& now,
                             const pg::Narrowing& wanted) {
  const auto known = known_.find(now.name());
  // The server may have refused a part of it.
  const bool is_done =
      known != known_.end() && known->second.asked == wanted && known->second.got == now.narrowing;
  if (is_done && !wanted.is_plain()) return {};
  if (wanted.is_plain() && now.narrowing.is_plain()) return forget(now.name());
  const bool is_same = wanted.filter.empty() && now.narrowing == wanted;
  if (is_same) return remember(now.name(), wanted, now.narrowing);
  const auto refused = refused_.find(now.name());
  const bool is_refused = refused != refused_.end() && refused->second.asked == wanted &&
                          refused->second.got == now.narrowing;
  return is_refused ? Status() : change(sql, now, wanted);
}

Result<Narrower::Answer> Narrower::ask(pg::Connection& sql, const pg::PublishedTable& now,
                                       const pg::Narrowing& wanted) const {
  // What is plain sends all already.
  const std::string first = now.narrowing.is_plain()
                                ? std::string()
                                : pg::wait_for_writers(sql.server_version(), now.table);
  const auto done =
      sql.query_within(first + pg::narrow_ddl(now.publication, now.table, wanted), kPatience);
  if (!done.ok() && done.error().kind == ErrorKind::Transient) return done.error();
  if (!done.ok()) return Answer{false, false, done.error().what};
  if (!done.value()) return Answer{false, true, "a lock on the table was not given up in time"};
  diag::info("capture", "changed what is published of a table",
             {{"table", now.table.full_name()}, {"publishes", describe(wanted)}});
  return Answer{true, false, ""};
}

// The whole of it, or without the filter, as the server takes it.
Status Narrower::change(pg::Connection& sql, const pg::PublishedTable& now,
                        const pg::Narrowing& wanted) {
  // Known before it is done: `off` has to find it.
  const bool was_known = known_.count(now.name()) > 0;
  if (!was_known) TRY(remember(now.name(), {}, {}));
  TRY_ASSIGN(Answer answer, ask(sql, now, wanted));
  const pg::Narrowing less{wanted.columns, ""};
  const bool may_take_less = !answer.is_done && !answer.is_lock && less != wanted;
  if (may_take_less && less != now.narrowing) {
    diag::warning("capture", "cannot publish a table with its filter, trying without",
                  {{"table", now.table.full_name()}, {"error", answer.why}});
    TRY_ASSIGN(answer, ask(sql, now, less));
  }
  if (!answer.is_done) {
    if (!was_known) TRY(forget(now.name()));
    return keep(now, wanted, answer);
  }
  if (wanted.is_plain()) return forget(now.name());
  TRY_ASSIGN(const auto published, pg::read_published_tables(sql, options_));
  const auto after = std::find_if(published.begin(), published.end(),
                                  [&](const auto& each) { return each.name() == now.name(); });
  if (after == published.end()) return transient("table " + now.name() + " is not published");
  return remember(now.name(), wanted, after->narrowing);
}

// It stays as it is.
Status Narrower::keep(const pg::PublishedTable& now, const pg::Narrowing& wanted,
                      const Answer& answer) {
  const std::string script = pg::narrow_script(now.publication, now.table, wanted);
  if (!sends_enough(now, wanted)) {
    const std::string what = "table " + now.table.full_name() + ": publication " + now.publication +
                             " sends " + describe(now.narrowing) + ", and the routes need " +
                             describe(wanted) + ": " + answer.why;
    if (answer.is_lock) return transient(what);
    return invalid(what + ". A DBA can run: " + script);
  }
  if (!answer.is_lock) refused_[now.name()] = {wanted, now.narrowing};
  if (told_.insert(now.name() + answer.why).second) {
    diag::warning("capture", "more is published of a table than the routes need",
                  {{"table", now.table.full_name()}, {"error", answer.why}, {"statement", script}});
  }
  return now.narrowing.filter.empty() ? Status() : remember(now.name(), wanted, now.narrowing);
}

// Of two filters it cannot be told which one lets more pass. Who changed it after the routes did,
// or before they were first seen, is taken to have known what they need.
bool Narrower::sends_enough(const pg::PublishedTable& now, const pg::Narrowing& wanted) const {
  if (!now.narrowing.columns.empty()) {
    const auto sent = names_in(now.narrowing.columns);
    const auto needed = names_in(wanted.columns);
    const bool has_all =
        !needed.empty() && std::includes(sent.begin(), sent.end(), needed.begin(), needed.end());
    if (!has_all) return false;
  }
  if (now.narrowing.filter.empty()) return true;
  const auto known = known_.find(now.name());
  const bool is_told = known == known_.end() || known->second.got.filter != now.narrowing.filter;
  return !wanted.filter.empty() && is_told;
}

}  // namespace slotcast::capture
