#include "connectors/stage/directory_place.h"

#include <algorithm>
#include <charconv>

#include "connectors/stage/pattern.h"
#include "lib/io/state_file.h"

namespace slotcast::stage {
namespace {

constexpr const char* kLockName = "lock";
constexpr const char* kIdentityName = "id";
constexpr int kPlaceAttempts = 1000;
constexpr int kMakeAttempts = 50;

// Created at the first write, closed whenever it is asked for.
class TemporaryFile final : public UnfinishedFile {
 public:
  TemporaryFile(io::Directory& directory, std::string parent, std::string name, Namer namer)
      : directory_(directory),
        name_(std::move(name)),
        path_(std::move(parent) + "/" + name_),
        namer_(std::move(namer)) {}

  Status write(Bytes bytes) override {
    if (!file_) {
      const io::OpenMode mode = offset_ == 0 ? io::OpenMode::Create : io::OpenMode::ReadWrite;
      TRY_ASSIGN(file_, directory_.open(path_, mode));
    }
    TRY(file_->write_at(offset_, bytes));
    offset_ += bytes.size();
    return {};
  }

  // Never closed unsynced: the kernel may forget a failed write together with the last descriptor.
  Status release() override {
    if (!file_) return {};
    TRY(file_->sync());
    file_.reset();
    return {};
  }

  Result<Finished> finish() override {
    if (offset_ == 0) TRY(write({}));  // rows of no bytes are rows
    TRY(release());
    // Later a file that is gone counts as delivered; what is removed before is built again.
    TRY_ASSIGN(const bool there, directory_.exists(path_));
    if (!there) return transient("stage: somebody has removed the unfinished file " + path_);
    TRY_ASSIGN(std::string final_path, namer_());
    return Finished{name_, std::move(final_path)};
  }

  Status discard() override { return directory_.remove(path_); }

 private:
  io::Directory& directory_;
  const std::string name_;
  const std::string path_;
  const Namer namer_;
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
};

struct Known {
  std::string identity;
  std::uint64_t manifest_end = 0;
};

Result<Known> known_of(const std::string& place) {
  Known known;
  const std::size_t space = std::min(place.find(' '), place.size());
  known.identity = place.substr(0, space);
  const char* end = place.data() + place.size();
  const char* digits = place.data() + std::min(space + 1, place.size());
  const auto parsed = std::from_chars(digits, end, known.manifest_end);
  if (known.identity.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    return corrupt("the journal's token is not of a stage in a directory");
  }
  return known;
}

}  // namespace

DirectoryPlace::DirectoryPlace(std::string root, const sink::Environment& environment,
                               OpenDirectory open_directory)
    : root_(std::move(root)),
      environment_(environment),
      open_directory_(std::move(open_directory)),
      own_name_(owner_of(environment)),
      temporary_(".slotcast/" + own_name_) {}

Status DirectoryPlace::open() {
  if (!directory_) {
    auto opened = open_directory_(root_);
    if (!opened.ok()) return opened.error().prefixed("stage");
    directory_ = std::move(opened).value();
    manifest_.emplace(*directory_, "_manifest/" + own_name_ + ".jsonl");
  }
  TRY(directory_->make(temporary_));
  if (environment_.exclusive && !lock_) {
    TRY_ASSIGN(io::DirectoryLock lock, io::DirectoryLock::acquire(root_ + "/" + temporary_));
    lock_.emplace(std::move(lock));
  }
  return identify();
}

Status DirectoryPlace::identify() {
  const std::string file = temporary_ + "/" + kIdentityName;
  TRY_ASSIGN(const auto known, io::read_state_file(*directory_, file));
  identity_ = known ? *known : std::to_string(environment_.random->next());
  return known ? Status() : io::write_state_file(*directory_, file, identity_);
}

Result<bool> DirectoryPlace::exists(const std::string& path) {
  return directory_->exists(path);
}

std::string DirectoryPlace::new_temporary() {
  return std::to_string(++temporaries_) + "-" + std::to_string(environment_.random->next()) +
         ".tmp";
}

Status DirectoryPlace::keep(const std::string& path, std::string_view contents) {
  TRY_ASSIGN(const bool there, directory_->exists(path));
  if (!there) {
    const std::string temporary = temporary_ + "/" + new_temporary();
    {
      TRY_ASSIGN(const auto file, directory_->open(temporary, io::OpenMode::Create));
      TRY(file->write_at(0, as_bytes(contents)));
      TRY(file->sync());
    }
    TRY(directory_->make(io::parent_of(path)));
    // Another sink may have been faster, with the same contents.
    TRY(directory_->rename(temporary, path, true));
  }
  // Who renamed it before may have died before its sync.
  if (there && kept_.contains(path)) return {};
  TRY(directory_->sync(io::parent_of(path)));
  kept_.insert(path);
  return {};
}

Result<std::unique_ptr<UnfinishedFile>> DirectoryPlace::create(Namer namer) {
  return std::unique_ptr<UnfinishedFile>(
      std::make_unique<TemporaryFile>(*directory_, temporary_, new_temporary(), std::move(namer)));
}

Result<std::string> DirectoryPlace::prepare(const std::string&) {
  TRY(directory_->sync(temporary_));
  TRY_ASSIGN(const std::uint64_t end, manifest_->end());
  return identity_ + " " + std::to_string(end);
}

Result<std::vector<std::string>> DirectoryPlace::leftovers() {
  TRY_ASSIGN(const auto entries, directory_->list(temporary_));
  std::vector<std::string> names;
  for (const io::DirectoryEntry& entry : entries) {
    if (entry.name != kLockName && entry.name != kIdentityName) names.push_back(entry.name);
  }
  return names;
}

Status DirectoryPlace::commit(const PreparedBatch& batch) {
  TRY_ASSIGN(const Known known, known_of(batch.place));
  // Asked anew: a file that is gone is done with only as long as the directory is the same one.
  TRY_ASSIGN(const auto now, io::read_state_file(*directory_, temporary_ + "/" + kIdentityName));
  if (known.identity != identity_ || now != identity_) {
    return invalid("stage " + root_ + ": a batch was prepared here, but " + temporary_ +
                   " is not the directory it was prepared in; mount or restore that one");
  }
  TRY(publish(batch));
  return manifest_->append_once(known.manifest_end, batch.manifest_lines());
}

// A loader may remove a directory that it has emptied just when it was made for the next file.
Status DirectoryPlace::place(const PreparedFile& file) {
  const std::string parent = io::parent_of(file.final_path);
  Status placed;
  int made_last = 0;
  for (int attempt = 0; attempt < kPlaceAttempts; ++attempt) {
    placed = directory_->make(parent);
    if (placed.ok()) {
      made_last = attempt;
      placed = directory_->rename(temporary_ + "/" + file.handle, file.final_path, false);
    }
    // Where no directory can be made at all it is not a loader's doing.
    if (placed.ok() || parent.empty() || attempt - made_last > kMakeAttempts) return placed;
    TRY_ASSIGN(const bool there, directory_->exists(parent));
    if (there && attempt > 0) return placed;
  }
  return transient(placed.error().what + ": somebody removes directories again and again");
}

Status DirectoryPlace::publish(const PreparedBatch& batch) {
  TRY_ASSIGN(const auto waiting, leftovers());
  std::set<std::string> parents;
  for (const PreparedFile& file : batch.files) {
    parents.insert(io::parent_of(file.final_path));
    // Gone: renamed by an earlier call, and perhaps moved on by whoever loads the files.
    if (!std::binary_search(waiting.begin(), waiting.end(), file.handle)) continue;
    TRY(place(file));
  }
  for (const std::string& parent : parents) {
    // A loader may have removed a directory together with its files: nothing left to keep.
    const Status synced = directory_->sync(parent);
    if (synced.ok()) continue;
    TRY_ASSIGN(const bool there, parent.empty() ? Result<bool>(true) : directory_->exists(parent));
    if (there) return synced;
  }
  return directory_->sync(temporary_);
}

Status DirectoryPlace::clear() {
  TRY_ASSIGN(const auto names, leftovers());
  for (const std::string& name : names) TRY(directory_->remove(temporary_ + "/" + name));
  return {};
}

void DirectoryPlace::close() {
  lock_.reset();
  kept_.clear();
  manifest_.reset();
  directory_.reset();
}

}  // namespace slotcast::stage
