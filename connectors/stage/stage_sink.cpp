#include "connectors/stage/stage_sink.h"

#include <algorithm>
#include <set>

namespace slotcast::stage {
namespace {

constexpr std::size_t kBufferBytes = 128 * 1024;
// A batch over very many tables must neither run out of descriptors nor hold all its buffers.
constexpr std::size_t kOpenFilesMax = 128;
constexpr int kNameAttempts = 8;
constexpr const char* kLockName = "lock";

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
  return {};
}

StageSink::Target& StageSink::target_of(const sink::Row& row) {
  const Relation* relation = row.change->relation;
  if (relation == last_relation_ && row.target == last_name_ && last_target_) return *last_target_;
  const std::string& table = row.target->empty() ? relation->table : *row.target;
  auto& slot = targets_[{relation->schema, table}];
  if (!slot) {
    const std::string name = std::to_string(targets_.size()) + "-" +
                             std::to_string(environment_.random->next()) + ".tmp";
    slot.reset(new Target{{relation->schema, table, environment_.sink},
                          name,
                          0,
                          StageFile(*directory_, temporary_ + "/" + name)});
  }
  last_relation_ = relation;
  last_name_ = row.target;
  last_target_ = slot.get();
  return *slot;
}

Result<std::uint64_t> StageSink::write(sink::Rows rows) {
  // Relations and target names are the caller's, for the time of this call only.
  last_target_ = nullptr;
  std::uint64_t grown = 0;
  for (const sink::Row& row : rows) {
    Target& target = target_of(row);
    sink::Buffer& buffer = target.file.buffer();
    const std::size_t before = buffer.size();
    TRY(encoder_.append(*row.change, buffer));
    grown += buffer.size() - before;
    ++target.rows;
    if (buffer.size() >= kBufferBytes) TRY(target.file.flush());
  }
  if (targets_.size() > kOpenFilesMax) TRY(bound_open_files());
  return grown;
}

Status StageSink::bound_open_files() {
  std::size_t buffered = 0;
  std::size_t open = 0;
  for (const auto& [key, target] : targets_) {
    buffered += target->file.buffer().size();
    open += target->file.is_open() ? 1 : 0;
  }
  if (buffered < kOpenFilesMax * kBufferBytes / 4 && open <= kOpenFilesMax) return {};
  for (const auto& [key, target] : targets_) TRY(target->file.sync_and_close());
  return {};
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
  std::vector<PreparedFile> files;
  std::set<std::string> chosen;
  for (const auto& [key, target] : targets_) {
    TRY(target->file.sync_and_close());
    std::string path;
    do {
      TRY_ASSIGN(path, free_name(target->names, instant));
    } while (!chosen.insert(path).second);
    files.push_back({target->temporary, path, target->rows, target->file.bytes()});
  }
  TRY(directory_->sync(temporary_));
  targets_.clear();
  last_target_ = nullptr;
  return encode(files);
}

Result<std::vector<std::string>> StageSink::leftovers() {
  TRY_ASSIGN(const auto entries, directory_->list(temporary_));
  std::vector<std::string> names;
  for (const io::DirectoryEntry& entry : entries) {
    if (entry.name != kLockName) names.push_back(entry.name);
  }
  return names;
}

Status StageSink::commit(const sink::Token& token) {
  TRY_ASSIGN(const auto files, decode_token(token));
  TRY_ASSIGN(const auto waiting, leftovers());
  std::set<std::string> parents;
  for (const PreparedFile& file : files) {
    parents.insert(io::parent_of(file.final_path));
    // Gone: renamed by an earlier call, and perhaps moved on by whoever loads the files.
    if (!std::binary_search(waiting.begin(), waiting.end(), file.temporary)) continue;
    TRY(directory_->make(io::parent_of(file.final_path)));
    TRY(directory_->rename(temporary_ + "/" + file.temporary, file.final_path, false));
  }
  for (const std::string& parent : parents) {
    // A loader may have removed a directory together with its files: nothing left to keep.
    TRY_ASSIGN(const bool there,
               parent.empty() ? Result<bool>(true) : directory_->exists(parent));
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
  targets_.clear();
  last_target_ = nullptr;
  TRY_ASSIGN(const auto names, leftovers());
  for (const std::string& name : names) TRY(directory_->remove(temporary_ + "/" + name));
  return {};
}

Status StageSink::close() {
  if (!directory_) return {};
  // Only what this process had open; what is prepared waits for the next one.
  for (const auto& [key, target] : targets_) {
    TRY(directory_->remove(temporary_ + "/" + target->temporary));
  }
  targets_.clear();
  lock_.reset();
  directory_.reset();
  return {};
}

}  // namespace slotcast::stage
