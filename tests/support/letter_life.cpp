#include "tests/support/letter_life.h"

#include "lib/branch/letter_reader.h"

namespace slotcast::test {
namespace {

constexpr const char* kSink = "lake";
constexpr const char* kFile = "dead_letters/lake.jsonl";

// The life ends a batch here, as a sink's error does.
const Error kGivenUp = transient("given up");

}  // namespace

branch::Letter TestLetters::letter(std::uint64_t batch, int row) {
  const auto [found, is_new] = rows_.try_emplace(row);
  if (is_new) {
    const std::string value(static_cast<std::size_t>(row % 700), 'x');
    found->second = changes_.add(Operation::Create, relation_, {std::to_string(row), value});
    found->second.id.ordinal = static_cast<std::uint64_t>(row);
  }
  branch::Letter letter;
  letter.change = &found->second;
  letter.batch = batch;
  letter.route = "routes[0]";
  letter.target = target;
  letter.sqlstate = "22P02";
  letter.error = "not a number";
  return letter;
}

LetterLife::LetterLife(PowerDisk& disk, std::uint64_t seed, LetterSide side)
    : disk_(disk), random_(seed), side_(std::move(side)) {
  history_.emplace_back(disk.calls(), side_);
}

LetterSide LetterLife::far_side_after(std::size_t calls, Random& random) const {
  const LetterSide* found = &history_.front().second;
  for (const auto& [at, side] : history_) {
    // What it did between two calls to the disk may have been before the cut or not.
    if (at > calls || (at == calls && random.next() % 2 == 0)) break;
    found = &side;
  }
  return *found;
}

std::string LetterLife::prepare(std::vector<int> rows) {
  const std::string token = std::to_string(random_.next());
  side_.prepared[token] = std::move(rows);
  history_.emplace_back(disk_.calls(), side_);
  return token;
}

void LetterLife::commit(const std::string& token) {
  const auto prepared = side_.prepared.find(token);
  if (prepared == side_.prepared.end()) return;
  side_.committed[token] = std::move(prepared->second);
  side_.prepared.erase(prepared);
  history_.emplace_back(disk_.calls(), side_);
}

std::optional<std::string> LetterLife::lives_on(const Status& status) const {
  if (status.ok() || status.error().what == kGivenUp.what) return {};
  return status.error().what;
}

std::optional<std::string> LetterLife::recover() {
  auto journal = journal::Journal::open(disk_, 4096);
  if (!journal.ok()) return journal.error().what;
  journal_ = std::move(journal).value();
  auto letters = branch::DeadLetters::open(disk_, kSink);
  if (!letters.ok()) return letters.error().what;
  letters_ = std::move(letters).value();
  if (!journal_->state(kSink)) {
    const Status noted = journal_->note_checkpoint(kSink, {{1}, {}, {}}, true);
    if (!noted.ok()) return noted.error().what;
  }
  if (const Status begun = session(); !begun.ok()) return begun.error().what;
  return check();
}

// As Branch::session(), down to the order of things.
Status LetterLife::session() {
  TRY(recover_intent());
  side_.prepared.clear();
  history_.emplace_back(disk_.calls(), side_);
  const auto state = journal_->state(kSink);
  batches_ = state->batches;
  next_row_ = static_cast<int>(state->checkpoint.next.value);
  return {};
}

Status LetterLife::recover_intent() {
  const auto state = journal_->state(kSink);
  if (!state->intent) return letters_->settle(state->batches);
  const journal::Intent& intent = *state->intent;
  // A far side may lose what is only prepared, and says so then and ever after.
  if (random_.next() % 2 == 0) {
    commit(intent.token);
  } else if (side_.prepared.erase(intent.token) > 0) {
    history_.emplace_back(disk_.calls(), side_);
  }
  const bool is_done = intent.token.empty() || side_.committed.contains(intent.token);
  if (is_done) TRY(journal_->note_checkpoint(kSink, intent.after, true));
  TRY(letters_->settle(journal_->state(kSink)->batches));
  if (!is_done && intent.first == intent.after.next) {
    return journal_->note_checkpoint(kSink, intent.after, true);
  }
  return {};
}

Status LetterLife::batch() {
  std::vector<int> rows;
  int after = next_row_;
  for (std::uint64_t left = random_.next() % 6 + 1; left > 0; --left, ++after) {
    if (random_.next() % 2 == 0) {
      rows.push_back(after);
    } else {
      TRY(letters_->add(letters_of_.letter(batches_ + 1, after)));
    }
  }
  return finish(std::move(rows), after, false);
}

Status LetterLife::redrive(bool may_fail) {
  TRY_ASSIGN(const bool begun, letters_->begin_redrive(batches_ + 1));
  if (!begun) return {};
  std::vector<int> rows;
  while (true) {
    TRY_ASSIGN(const auto letter, letters_->next());
    if (!letter) break;
    const int row = static_cast<int>(letter->change->id.ordinal);
    if (may_fail && random_.next() % 3 == 0) {
      TRY(letters_->add(letters_of_.letter(batches_ + 1, row)));
    } else {
      rows.push_back(row);
    }
  }
  TRY(finish(std::move(rows), next_row_, true));
  return letters_->end_redrive();
}

Status LetterLife::finish(std::vector<int> rows, int after, bool is_redrive) {
  const bool gives_up = random_.next() % 6 == 0;
  if (gives_up && random_.next() % 2 == 0) return kGivenUp;
  TRY(letters_->sync());
  journal::Intent intent;
  intent.batch = batches_ + 1;
  intent.first = {static_cast<std::uint64_t>(next_row_)};
  intent.after.next = {static_cast<std::uint64_t>(after)};
  if (is_redrive) intent.first = intent.after.next;
  if (!rows.empty()) intent.token = prepare(std::move(rows));
  if (gives_up && random_.next() % 2 == 0) return kGivenUp;
  TRY(journal_->note_intent(kSink, intent));
  if (gives_up) return kGivenUp;
  commit(intent.token);
  TRY(journal_->note_checkpoint(kSink, intent.after, false));
  batches_ = intent.batch;
  next_row_ = after;
  return {};
}

std::optional<std::string> LetterLife::run(int batches) {
  for (int i = 0; i < batches; ++i) {
    const Status done = random_.next() % 4 == 0 ? redrive(true) : batch();
    if (auto violation = lives_on(done)) return violation;
    if (done.ok()) continue;
    if (const Status begun = session(); !begun.ok()) return begun.error().what;
    if (auto violation = check()) return violation;
  }
  return check();
}

std::optional<std::string> LetterLife::send_all_again() {
  while (letters_->count() > 0) {
    const Status done = redrive(false);
    if (auto violation = lives_on(done)) return violation;
    if (done.ok()) continue;
    if (const Status begun = session(); !begun.ok()) return begun.error().what;
  }
  return check();
}

// Each row before the place that was reached is delivered or kept; none behind it is.
std::optional<std::string> LetterLife::check() const {
  std::multiset<int> found;
  for (const auto& [token, rows] : side_.committed) found.insert(rows.begin(), rows.end());
  std::size_t kept = 0;
  for (const std::string& path : disk_.files()) {
    if (path.starts_with("dead_letters/") && path != kFile) return path + " is left";
    if (path != kFile) continue;
    const auto bytes = disk_.bytes(path);
    std::string_view text = as_text(bytes);
    branch::LetterReader reader;
    for (; !text.empty(); text.remove_prefix(text.find('\n') + 1), ++kept) {
      const auto letter = reader.read(text.substr(0, text.find('\n')));
      if (!letter.ok()) return "a letter is damaged: " + letter.error().what;
      found.insert(static_cast<int>(letter.value().change->id.ordinal));
    }
  }
  if (kept != letters_->count()) return "the count of letters is wrong";
  for (int row = 1; row < next_row_; ++row) {
    const std::size_t times = found.count(row);
    if (times != 1) return "row " + std::to_string(row) + ": " + std::to_string(times) + " times";
  }
  if (found.size() + 1 != static_cast<std::size_t>(next_row_)) return "a row came too early";
  return {};
}

}  // namespace slotcast::test
