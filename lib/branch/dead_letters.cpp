#include "lib/branch/dead_letters.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "lib/base/diag.h"
#include "lib/base/ensure.h"

namespace slotcast::branch {
namespace {

const std::string kDirectory = "dead_letters";
constexpr std::string_view kEnding = ".jsonl";
constexpr std::size_t kBufferBytes = 1 << 20;

std::string path_of(const std::string& sink) {
  return kDirectory + "/" + sink + std::string(kEnding);
}

std::string redrive_path_of(const std::string& sink, std::uint64_t batch) {
  return kDirectory + "/" + sink + ".redrive-" + std::to_string(batch) + std::string(kEnding);
}

// The batch of a redrive file of that sink; nothing when the name is of something else.
std::optional<std::uint64_t> batch_of(const std::string& name, const std::string& sink) {
  std::uint64_t batch = 0;
  const std::string before = sink + ".redrive-";
  if (!name.starts_with(before) || !name.ends_with(kEnding)) return std::nullopt;
  const char* end = name.data() + name.size() - kEnding.size();
  const auto parsed = std::from_chars(name.data() + before.size(), end, batch);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return batch;
}

}  // namespace

std::size_t DeadLetters::KeyHash::operator()(const Key& key) const {
  const std::size_t place = key.id.commit_lsn.value * 0x9E3779B97F4A7C15 + key.id.ordinal;
  return place * 0x9E3779B97F4A7C15 ^ key.way;
}

DeadLetters::Key DeadLetters::key_of(const Letter& letter) {
  const std::hash<std::string_view> hash;
  // In a stage that is read again two tables may have the same position.
  const Relation& relation = *letter.change->relation;
  std::size_t way = 0;
  for (const std::string_view part :
       {std::string_view(letter.route), std::string_view(letter.target),
        std::string_view(relation.schema), std::string_view(relation.table)}) {
    way = way * 31 + hash(part);
  }
  return {letter.change->id, way};
}

DeadLetters::DeadLetters(io::Directory& state, const std::string& sink, std::uint64_t bytes_max)
    : directory_(state), sink_(sink), path_(path_of(sink)), bytes_max_(bytes_max) {}

Result<std::unique_ptr<DeadLetters>> DeadLetters::open(io::Directory& state,
                                                       const std::string& sink,
                                                       std::uint64_t bytes_max) {
  std::unique_ptr<DeadLetters> letters(new DeadLetters(state, sink, bytes_max));
  TRY(letters->load());
  return letters;
}

Status DeadLetters::forget(io::Directory& state, const std::string& sink) {
  TRY_ASSIGN(const auto entries, state.list(kDirectory));
  bool has_moved = false;
  for (const io::DirectoryEntry& entry : entries) {
    if (kDirectory + "/" + entry.name != path_of(sink) && !batch_of(entry.name, sink)) continue;
    const auto is_taken = [&](const std::string& name) {
      return std::any_of(entries.begin(), entries.end(),
                         [&](const auto& other) { return other.name == name; });
    };
    std::string name = entry.name + ".forgotten";
    for (int i = 2; is_taken(name); ++i) name = entry.name + ".forgotten-" + std::to_string(i);
    TRY(state.rename(kDirectory + "/" + entry.name, kDirectory + "/" + name, false));
    has_moved = true;
  }
  return has_moved ? state.sync(kDirectory) : Status();
}

void DeadLetters::note(const Key& key, std::uint64_t batch, std::uint64_t offset) {
  if (batch != newest_.batch) newest_ = {batch, offset, {}};
  newest_.keys.push_back(key);
  keys_.insert(key);
}

void DeadLetters::show() {
  count_ = keys_.size() + redrive_left_;
  bytes_ = written_ + buffer_.size() + redrive_bytes_;
}

void DeadLetters::forget_index() {
  keys_.clear();
  newest_ = {};
  damage_.reset();
  written_ = 0;
  lacks_end_ = false;
  buffer_.clear();
  is_dirty_ = true;
}

Status DeadLetters::load() {
  forget_index();
  file_.reset();
  is_loaded_ = false;
  TRY_ASSIGN(const bool there, directory_.exists(path_));
  if (there) {
    TRY_ASSIGN(file_, directory_.open(path_, io::OpenMode::ReadWrite));
    TRY(index().prefixed(path_));
  }
  is_loaded_ = true;
  show();
  return {};
}

Status DeadLetters::index() {
  LineReader lines(*file_);
  LetterReader reader;
  while (true) {
    TRY_ASSIGN(const auto line, lines.next());
    if (!line) return {};
    const auto letter = reader.read(line->text);
    if (!letter.ok()) {
      if (!damage_) damage_ = Damage{line->offset};
    } else if (damage_) {
      auto& lowest = damage_->lowest_batch_behind;
      lowest = std::min(lowest, letter.value().batch);
    } else {
      note(key_of(letter.value()), letter.value().batch, line->offset);
      written_ = line->offset + line->text.size() + (line->is_whole ? 1 : 0);
      lacks_end_ = !line->is_whole;
    }
  }
}

Status DeadLetters::settle(std::uint64_t batches) {
  if (failure_) return *failure_;
  redrive_.reset();
  redrive_left_ = redrive_bytes_ = 0;
  if (!is_loaded_) TRY(load());
  TRY(cut(batches));
  TRY(settle_redrives(batches));
  if (!is_loaded_) {
    TRY(load());
    TRY(cut(batches));
  }
  is_settled_ = true;
  show();
  return {};
}

// What a crash tore is of the batch that was under way, as is all behind it. Anything else was
// durable once, and nobody may throw it away.
Status DeadLetters::cut(std::uint64_t batches) {
  if (damage_ && damage_->lowest_batch_behind <= batches) {
    return corrupt(path_ + ": the line at byte " + std::to_string(damage_->offset) +
                   " is damaged, and not by a crash: stop the daemon, mend the file or move it "
                   "away, and start again");
  }
  if (newest_.batch > batches + 1) {
    return invalid(path_ + ": has a letter of batch " + std::to_string(newest_.batch) +
                   ", but only " + std::to_string(batches) +
                   " are committed: it is of another state directory");
  }
  if (newest_.batch > batches) {
    for (const Key& key : newest_.keys) keys_.erase(key);
    written_ = newest_.offset;
    newest_ = {};
    lacks_end_ = false;
  }
  buffer_.clear();
  if (!file_) return {};
  TRY_ASSIGN(const std::uint64_t size, file_->size());
  if (size > written_) {
    const std::string cut = std::to_string(size - written_);
    TRY(file_->truncate(written_));
    is_dirty_ = true;
    TRY(sync());
    diag::write(damage_ ? diag::Level::Warning : diag::Level::Debug, "sink " + sink_,
                damage_ ? "a crash left half a batch of dead letters, which comes again"
                        : "dead letters of a batch that was given up are gone, and come again",
                {{"file", path_}, {"cut_bytes", cut}});
  }
  damage_.reset();
  return lacks_end_ ? end_last_line() : Status();
}

Status DeadLetters::end_last_line() {
  TRY(file_->write_at(written_, as_bytes("\n")));
  ++written_;
  lacks_end_ = false;
  is_dirty_ = true;
  return sync();
}

Status DeadLetters::settle_redrives(std::uint64_t batches) {
  TRY_ASSIGN(const auto entries, directory_.list(kDirectory));
  for (const io::DirectoryEntry& entry : entries) {
    const auto batch = batch_of(entry.name, sink_);
    if (!batch) continue;
    const std::string aside = kDirectory + "/" + entry.name;
    if (*batch <= batches) {
      TRY(directory_.remove(aside));
      TRY(sync_names());
      continue;
    }
    // What failed again was of the same batch, and is cut off by now.
    if (written_ > 0) {
      return corrupt(path_ + " and " + aside +
                     " both hold letters: stop the daemon, put them into one file, the second "
                     "one's first, and start again");
    }
    is_loaded_ = false;
    TRY(directory_.rename(aside, path_, true));
    TRY(sync_names());
  }
  return {};
}

Status DeadLetters::add(const Letter& letter) {
  ENSURE(is_settled_ && letter.batch >= newest_.batch);
  if (failure_) return *failure_;
  const Key key = key_of(letter);
  if (keys_.contains(key)) return {};
  const std::size_t before = buffer_.size();
  append_line(letter, buffer_);
  if (written_ + buffer_.size() > bytes_max_) {
    buffer_.truncate(before);
    return rejected(path_ + " has grown to its " + std::to_string(bytes_max_ >> 20) +
                    " MiB: mend the cause and send its rows again (slotcast sink redrive " + sink_ +
                    "), or stop the daemon and move the file away");
  }
  note(key, letter.batch, written_ + before);
  is_dirty_ = true;
  show();
  return buffer_.size() < kBufferBytes ? Status() : flush();
}

Status DeadLetters::flush() {
  if (!file_) {
    TRY(directory_.make(kDirectory));
    TRY_ASSIGN(file_, directory_.open(path_, io::OpenMode::Create));
  }
  if (buffer_.size() == 0) return {};
  TRY(file_->write_at(written_, buffer_.bytes()));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status DeadLetters::sync() {
  if (failure_) return *failure_;
  if (!is_dirty_ || (!file_ && buffer_.size() == 0)) return {};
  TRY(flush());
  if (Status synced = file_->sync(); !synced.ok()) {
    failure_ = synced.error().prefixed(path_);
    return *failure_;
  }
  TRY(sync_names());
  is_dirty_ = false;
  return {};
}

Status DeadLetters::sync_names() {
  Status synced = directory_.sync(kDirectory);
  if (!synced.ok()) failure_ = synced.error();
  return synced;
}

Result<bool> DeadLetters::begin_redrive(std::uint64_t batch) {
  ENSURE(is_settled_ && !redrive_ && batch > newest_.batch);
  if (failure_) return *failure_;
  if (keys_.empty()) return false;
  TRY(sync());
  const std::string aside = redrive_path_of(sink_, batch);
  TRY(directory_.rename(path_, aside, false));
  redrive_ = std::make_unique<Redrive>(std::move(file_));
  redrive_->path = aside;
  redrive_left_ = keys_.size();
  redrive_bytes_ = written_;
  forget_index();
  show();
  TRY(sync_names());
  return true;
}

Result<std::optional<Letter>> DeadLetters::next() {
  ENSURE(redrive_ != nullptr);
  TRY_ASSIGN(const auto line, redrive_->lines.next());
  if (!line) return std::optional<Letter>();
  auto letter = redrive_->reader.read(line->text);
  if (!letter.ok()) {
    return letter.error().prefixed(redrive_->path + ": byte " + std::to_string(line->offset));
  }
  redrive_left_ -= std::min<std::uint64_t>(redrive_left_, 1);
  show();
  return std::optional<Letter>(letter.value());
}

Status DeadLetters::end_redrive() {
  ENSURE(redrive_ != nullptr);
  const std::string path = redrive_->path;
  redrive_.reset();
  redrive_left_ = redrive_bytes_ = 0;
  show();
  TRY(directory_.remove(path));
  return sync_names();
}

}  // namespace slotcast::branch
