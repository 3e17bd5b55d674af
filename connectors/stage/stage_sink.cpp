#include "connectors/stage/stage_sink.h"

#include <algorithm>
#include <set>

#include "lib/io/state_file.h"

namespace slotcast::stage {
namespace {

constexpr std::size_t kBufferBytes = 128 * 1024;
// A batch over very many tables must neither run out of descriptors nor hold all its buffers.
constexpr std::size_t kOpenFilesMax = 128;
constexpr std::size_t kBufferedBytesMax = kOpenFilesMax * kBufferBytes;
constexpr int kNameAttempts = 8;
constexpr const char* kLockName = "lock";
constexpr const char* kIdentityName = "id";

}  // namespace

StageSink::StageSink(std::string root, Pattern pattern, sink::Environment environment,
                     OpenDirectory open_directory)
    : root_(std::move(root)),
      pattern_(std::move(pattern)),
      environment_(std::move(environment)),
      open_directory_(std::move(open_directory)),
      temporary_(".slotcast/" + percent_encode(environment_.pipeline) + "-" +
                 percent_encode(environment_.sink)) {}

Status StageSink::open() {
  if (!directory_) {
    auto opened = open_directory_(root_);
    if (!opened.ok()) return opened.error().prefixed("stage");
    directory_ = std::move(opened).value();
  }
  TRY(directory_->make(temporary_));
  if (environment_.exclusive && !lock_) {
    TRY_ASSIGN(io::DirectoryLock lock, io::DirectoryLock::acquire(root_ + "/" + temporary_));
    lock_.emplace(std::move(lock));
  }
  return identify();
}

Status StageSink::identify() {
  const std::string file = temporary_ + "/" + kIdentityName;
  TRY_ASSIGN(const auto known, io::read_state_file(*directory_, file));
  identity_ = known ? *known : std::to_string(environment_.random->next());
  return known ? Status() : io::write_state_file(*directory_, file, identity_);
}

StageSink::Target& StageSink::target_of(const sink::Row& row) {
  const Relation& relation = *row.change->relation;
  const std::string_view name = row.target == nullptr ? std::string_view() : *row.target;
  if (last_target_ != nullptr && relation.version == last_version_ && name == last_name_) {
    return *last_target_;
  }
  const std::string table(name.empty() ? relation.table : name);
  auto& slot = targets_[{relation.schema, table}];
  if (!slot) {
    const std::string file = std::to_string(targets_.size()) + "-" +
                             std::to_string(environment_.random->next()) + ".tmp";
    slot.reset(new Target{{relation.schema, table, environment_.sink},
                          file,
                          0,
                          StageFile(*directory_, temporary_ + "/" + file)});
  }
  last_version_ = relation.version;
  last_name_ = name;
  last_target_ = slot.get();
  return *slot;
}

Result<std::uint64_t> StageSink::write(sink::Rows rows) {
  std::uint64_t grown = 0;
  for (const sink::Row& row : rows) {
    Target& target = target_of(row);
    sink::Buffer& buffer = target.file.buffer();
    const std::size_t before = buffer.size();
    TRY(encoder_.append(*row.change, buffer));
    grown += buffer.size() - before;
    buffered_bytes_ += buffer.size() - before;
    ++target.rows;
    if (buffer.size() >= kBufferBytes) TRY(flush(target));
    if (buffered_bytes_ >= kBufferedBytesMax || open_files_ >= kOpenFilesMax) TRY(release_files());
  }
  return grown;
}

Status StageSink::flush(Target& target) {
  const bool was_open = target.file.is_open();
  buffered_bytes_ -= target.file.buffer().size();
  TRY(target.file.flush());
  if (!was_open) ++open_files_;
  return {};
}

Status StageSink::release_files() {
  for (const auto& [key, target] : targets_) TRY(target->file.sync_and_close());
  buffered_bytes_ = 0;
  open_files_ = 0;
  return {};
}

void StageSink::forget_batch() {
  targets_.clear();
  last_target_ = nullptr;
  buffered_bytes_ = 0;
  open_files_ = 0;
}

Result<std::string> StageSink::free_name(const Names& names, WallTime instant) {
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    TRY_ASSIGN(std::string path, pattern_.expand(names, instant, *environment_.random));
    TRY_ASSIGN(const bool taken, directory_->exists(path));
    if (!taken) return path;
  }
  return invalid("every name tried for " + names.schema + "." + names.table +
                 " exists already: the pattern has too few random digits");
}

Result<sink::Token> StageSink::prepare() {
  const WallTime instant = environment_.clock->wall();
  PreparedBatch batch{identity_, {}};
  std::set<std::string> chosen;
  for (const auto& [key, target] : targets_) {
    TRY(target->file.sync_and_close());
    std::string path;
    do {
      TRY_ASSIGN(path, free_name(target->names, instant));
    } while (!chosen.insert(path).second);
    batch.files.push_back({target->temporary, path, target->rows, target->file.bytes()});
  }
  TRY(directory_->sync(temporary_));
  forget_batch();
  return encode(batch);
}

Result<std::vector<std::string>> StageSink::leftovers() {
  TRY_ASSIGN(const auto entries, directory_->list(temporary_));
  std::vector<std::string> names;
  for (const io::DirectoryEntry& entry : entries) {
    if (entry.name != kLockName && entry.name != kIdentityName) names.push_back(entry.name);
  }
  return names;
}

Status StageSink::commit(const sink::Token& token) {
  TRY_ASSIGN(const PreparedBatch batch, decode_token(token));
  if (batch.stage != identity_) {
    return invalid("stage " + root_ + ": a batch was prepared here, but " + temporary_ +
                   " is not the directory it was prepared in; mount or restore that one");
  }
  TRY_ASSIGN(const auto waiting, leftovers());
  std::set<std::string> parents;
  for (const PreparedFile& file : batch.files) {
    parents.insert(io::parent_of(file.final_path));
    // Gone: renamed by an earlier call, and perhaps moved on by whoever loads the files.
    if (!std::binary_search(waiting.begin(), waiting.end(), file.temporary)) continue;
    TRY(directory_->make(io::parent_of(file.final_path)));
    TRY(directory_->rename(temporary_ + "/" + file.temporary, file.final_path, false));
  }
  for (const std::string& parent : parents) {
    // A loader may have removed a directory together with its files: nothing left to keep.
    TRY_ASSIGN(const bool there, parent.empty() ? Result<bool>(true) : directory_->exists(parent));
    if (there) TRY(directory_->sync(parent));
  }
  return directory_->sync(temporary_);
}

Result<sink::Recovered> StageSink::recover(const sink::Token& token) {
  // A token is written only after its temporary files were synced: each is there, or was renamed.
  TRY(commit(token));
  return sink::Recovered::Done;
}

Status StageSink::abort() {
  forget_batch();
  TRY_ASSIGN(const auto names, leftovers());
  for (const std::string& name : names) TRY(directory_->remove(temporary_ + "/" + name));
  return {};
}

Status StageSink::close() {
  if (!directory_) return {};
  // Only what this process had open; what is prepared waits for the next one.
  Status removed;
  for (const auto& [key, target] : targets_) {
    Status one = directory_->remove(temporary_ + "/" + target->temporary);
    if (removed.ok()) removed = one;
  }
  forget_batch();
  lock_.reset();
  directory_.reset();
  return removed;
}

}  // namespace slotcast::stage
