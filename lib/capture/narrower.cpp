#include "lib/capture/narrower.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "lib/base/crc32c.h"
#include "lib/base/diag.h"
#include "lib/capture/publishable.h"

namespace slotcast::capture {
namespace {

// The main loop waits for it.
constexpr Duration kPatience = std::chrono::seconds(2);

// Whatever `less` sends, `more` sends too.
bool is_within(const pg::Narrowing& less, const pg::Narrowing& more) {
  return has_columns(more.columns, less.columns) &&
         (more.filter.empty() || more.filter == less.filter);
}

std::string describe(const pg::Narrowing& narrowing) {
  if (narrowing.is_plain()) return "everything";
  std::string text = narrowing.columns.empty() ? "all columns" : "columns " + narrowing.columns;
  if (!narrowing.filter.empty()) text += " where " + narrowing.filter;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Status Narrower::read_marks(pg::Connection& connection) {
  TRY_ASSIGN(marks_, pg::read_marks(connection, options_));
  for (const auto& [publication, mark] : marks_) {
    if (mark.slot.empty() || mark.slot == options_.slot || !mark.is_alive) continue;
    return invalid("publication " + publication + " leaves out what the pipeline of slot " +
                   mark.slot +
                   " does not need (source.pushdown). Two pipelines cannot have one publication "
                   "then: name another one as source.publication");
  }
  return {};
}

Result<bool> Narrower::is_needed(pg::Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (connection.server_version() < pg::kNarrowsSince) return false;
  TRY(memory_.load());
  TRY(read_marks(connection));
  const bool is_marked = std::any_of(marks_.begin(), marks_.end(),
                                     [](const auto& mark) { return !mark.second.slot.empty(); });
  return options_.pushes_down || !memory_.is_empty() || is_marked;
}

Narrower::Wish Narrower::wish_for(const pg::PublishedTable& now, route::Publishable table) const {
  table.sends_updates = now.publication == options_.publication;
  const route::Pushdown pushdown = route::find_pushdown(routes_, table);
  Wish wish;
  wish.wanted = narrowing_of(pushdown);
  wish.needed = {pg::columns_text(pushdown.needed_columns), pushdown.needed_filter};
  wish.clauses = std::to_string(crc32c(as_bytes(pushdown.clauses)));
  wish.breaks_statements = !covers_identity(now.narrowing, table);
  return wish;
}

Status Narrower::align(pg::Connection& sql, const std::vector<pg::SourceTable>& tables) {
  const std::lock_guard lock(mutex_);
  problems_.clear();
  Status done = align_all(sql, tables);
  const std::lock_guard told(warnings_mutex_);
  warnings_ = problems_;
  return done;
}

Status Narrower::align_all(pg::Connection& sql, const std::vector<pg::SourceTable>& tables) {
  TRY(memory_.load());
  TRY(read_marks(sql));
  TRY_ASSIGN(const auto published, pg::read_published_tables(sql, options_));
  std::map<std::string, route::Publishable> known;
  if (options_.pushes_down) {
    TRY_ASSIGN(known, read_publishables(sql, tables));
  }
  std::map<std::string, int> count;
  for (const pg::PublishedTable& now : published) ++count[now.table.full_name()];
  // Without memory of what it did a mark says that all of it was done here.
  const bool has_forgotten = memory_.is_empty();
  std::optional<Error> first;
  std::set<std::string> names;
  for (const pg::PublishedTable& now : published) {
    names.insert(now.name());
    const auto found = known.find(now.table.full_name());
    Wish wish;
    if (found != known.end()) wish = wish_for(now, found->second);
    // A table in both may not have two column lists, and gets what either sends.
    if (count[now.table.full_name()] > 1) wish.wanted = {};
    const bool was_ours = memory_.find(now.name()) != nullptr ||
                          (has_forgotten && !marks_[now.publication].slot.empty());
    const bool is_ours = options_.pushes_down ? found != known.end() : was_ours;
    if (!is_ours || !now.is_own) continue;
    if (Status done = align_table(sql, now, wish); !done.ok()) {
      problems_.push_back(done.error().what);
      if (!first || done.error().kind == ErrorKind::Invalid) first = done.error();
    }
  }
  // One that was taken out comes back as whoever puts it in says.
  TRY(memory_.keep_only(names));
  if (first) return *first;
  unmark(sql, published);
  return {};
}

Status Narrower::align_table(pg::Connection& sql, const pg::PublishedTable& now, const Wish& wish) {
  const NarrowingMemory::Known* known = memory_.find(now.name());
  // The server may have refused a part of it.
  const bool is_done =
      known != nullptr && known->asked == wish.wanted && known->got == now.narrowing;
  const bool is_plain = wish.wanted.is_plain() && now.narrowing.is_plain();
  const bool is_same = wish.wanted.filter.empty() && now.narrowing == wish.wanted;
  if (is_plain && known == nullptr) return {};
  if (is_done || is_same || is_plain) return settle(now, wish, now.narrowing);
  const auto refused = refused_.find(now.name());
  const bool is_refused = refused != refused_.end() && refused->second.asked == wish.wanted &&
                          refused->second.got == now.narrowing;
  if (!is_refused) return change(sql, now, wish);
  return keep(now, wish, {false, false, "refused before"});
}

Result<Narrower::Answer> Narrower::ask(pg::Connection& sql, const pg::PublishedTable& now,
                                       const pg::Narrowing& wanted) const {
  // What is plain sends all already.
  std::string statements = now.narrowing.is_plain()
                               ? std::string()
                               : pg::wait_for_writers(sql.server_version(), now.table);
  const auto mark = marks_.find(now.publication);
  const bool may_mark = mark == marks_.end() || !mark->second.has_comment ||
                        (!mark->second.slot.empty() && mark->second.slot != options_.slot);
  if (may_mark && !wanted.is_plain()) statements += pg::mark_ddl(now.publication, options_.slot);
  statements += pg::narrow_ddl(now.publication, now.table, wanted);
  const auto done = sql.query_within(statements, kPatience);
  if (!done.ok() && done.error().kind == ErrorKind::Transient) return done.error();
  if (!done.ok()) return Answer{false, false, done.error().what};
  if (!done.value()) return Answer{false, true, "a lock on the table was not given up in time"};
  diag::info("capture", "changed what is published of a table",
             {{"table", now.table.full_name()}, {"publishes", describe(wanted)}});
  return Answer{true, false, ""};
}

// The whole of it, or without the filter, as the server takes it.
Status Narrower::change(pg::Connection& sql, const pg::PublishedTable& now, const Wish& wish) {
  // Known before it is done: `off` has to find it.
  const bool was_known = memory_.find(now.name()) != nullptr;
  if (!was_known) TRY(memory_.remember(now.name(), {}));
  TRY_ASSIGN(Answer answer, ask(sql, now, wish.wanted));
  const pg::Narrowing less{wish.wanted.columns, ""};
  const bool may_take_less = !answer.is_done && !answer.is_lock && less != wish.wanted;
  if (may_take_less && less != now.narrowing) {
    diag::warning("capture", "cannot publish a table with its filter, trying without",
                  {{"table", now.table.full_name()}, {"error", answer.why}});
    TRY_ASSIGN(answer, ask(sql, now, less));
  }
  if (!answer.is_done) {
    if (!was_known) TRY(memory_.forget(now.name()));
    return keep(now, wish, answer);
  }
  TRY_ASSIGN(const auto published, pg::read_published_tables(sql, options_));
  const auto after = std::find_if(published.begin(), published.end(),
                                  [&](const auto& each) { return each.name() == now.name(); });
  if (after == published.end()) return transient("table " + now.name() + " is not published");
  return settle(now, wish, after->narrowing);
}

// It is as it should be.
Status Narrower::settle(const pg::PublishedTable& now, const Wish& wish, const pg::Narrowing& got) {
  if (may_have_missed(now, wish)) {
    diag::warning("capture",
                  "a table or what is published of it was altered: changes may not have been sent; "
                  "sinks with start: snapshot read it anew, others miss them",
                  {{"table", now.table.full_name()}, {"published", describe(now.narrowing)}});
    TRY(on_missed_(now.table));
  }
  if (wish.wanted.is_plain()) return memory_.forget(now.name());
  return memory_.remember(now.name(), {wish.wanted, got, wish.clauses});
}

// It stays as it is.
Status Narrower::keep(const pg::PublishedTable& now, const Wish& wish, const Answer& answer) {
  const std::string script = pg::narrow_script(now.publication, now.table, wish.wanted);
  const std::string table = "table " + now.table.full_name() + ": ";
  if (!sends_enough(now, wish)) {
    const std::string what = table + "publication " + now.publication + " sends " +
                             describe(now.narrowing) + ", and the routes need " +
                             describe(wish.needed) + ": " + answer.why;
    if (answer.is_lock) return transient(what);
    return invalid(what + ". A DBA can run: " + script);
  }
  if (wish.breaks_statements) {
    problems_.push_back(table + "UPDATE and DELETE fail at the application, since publication " +
                        now.publication + " sends columns " + now.narrowing.columns +
                        " only, which lack some of the replica identity; it cannot be altered (" +
                        answer.why + "). A DBA runs: " + script);
  }
  if (!answer.is_lock) refused_[now.name()] = {wish.wanted, now.narrowing, wish.clauses};
  if (told_.insert(now.name() + answer.why).second) {
    diag::warning("capture", "what is published of a table is not what the routes make of it",
                  {{"table", now.table.full_name()}, {"error", answer.why}, {"statement", script}});
  }
  return now.narrowing.is_plain() ? Status() : settle(now, wish, now.narrowing);
}

// Somebody may have let less pass than before, or the table may have got what the routes ask for
// and the publication did not have.
bool Narrower::may_have_missed(const pg::PublishedTable& now, const Wish& wish) const {
  const NarrowingMemory::Known* known = memory_.find(now.name());
  if (known == nullptr || known->asked.is_plain()) return false;
  const bool was_altered = !is_within(known->got, now.narrowing);
  const bool is_more = known->clauses == wish.clauses && !is_within(wish.needed, known->asked);
  return was_altered || is_more;
}

// Of two filters it cannot be told which one lets more pass. Who changed it after the routes did,
// or before they were first seen, is taken to have known what they need.
bool Narrower::sends_enough(const pg::PublishedTable& now, const Wish& wish) const {
  if (!has_columns(now.narrowing.columns, wish.needed.columns)) return false;
  if (now.narrowing.filter.empty()) return true;
  const NarrowingMemory::Known* known = memory_.find(now.name());
  const bool is_told = known == nullptr || known->got.filter != now.narrowing.filter ||
                       known->asked.filter == wish.needed.filter;
  return !wish.needed.filter.empty() && is_told;
}

// Where nothing is left out any more.
void Narrower::unmark(pg::Connection& sql, const std::vector<pg::PublishedTable>& published) {
  for (const auto& [publication, mark] : marks_) {
    const bool is_used = std::any_of(published.begin(), published.end(), [&](const auto& each) {
      return each.publication == publication && memory_.find(each.name()) != nullptr;
    });
    if (mark.slot != options_.slot || is_used) continue;
    if (const auto done = sql.query_within(pg::unmark_ddl(publication), kPatience); !done.ok()) {
      diag::warning("capture", "cannot take the mark from a publication",
                    {{"publication", publication}, {"error", done.error().what}});
    }
  }
}

std::vector<std::string> Narrower::warnings() const {
  const std::lock_guard lock(warnings_mutex_);
  return warnings_;
}

}  // namespace slotcast::capture
