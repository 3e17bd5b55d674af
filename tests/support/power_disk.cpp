#include "tests/support/power_disk.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "lib/base/ensure.h"
#include "tests/support/power_history.h"

namespace slotcast::test {
namespace {

using Kind = Call::Kind;

// The build that leaves every sync out must fail on this disk as on a real one.
#ifdef SLOTCAST_WITHOUT_SYNC
constexpr bool kIsWithoutSync = true;
#else
constexpr bool kIsWithoutSync = false;
#endif

Status check(const std::string& path) {
  return io::check_path(path).prefixed("disk in memory");
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

class PowerDisk::State {
 public:
  explicit State(const Image& image) : image_(image), history_(image) {
    for (const auto& [path, contents] : image.files) {
      inodes_[path] = contents_.size();
      contents_.push_back(contents);
    }
    image_.files.clear();
  }

  bool has_directory(const std::string& path) const {
    return path.empty() || image_.directories.contains(path);
  }
  bool has(const std::string& path) const { return has_directory(path) || inodes_.contains(path); }

  // Counts the call, unless the disk is gone.
  Status record(Call call) {
    if (history_.size() >= calls_max_) return corrupt("the disk is gone");
    history_.record(std::move(call));
    return {};
  }

  // How much of a write that ends at `end` has room.
  std::uint64_t take_room(std::uint64_t size, std::uint64_t end) {
    if (!room_bytes_ || end <= size) return end;
    const std::uint64_t growth = std::min(*room_bytes_, end - size);
    *room_bytes_ -= growth;
    return size + growth;
  }

  // Guards all below. Public, as this is the inside of PowerDisk.
  std::mutex mutex_;
  Image image_;  // its directories only; the files are by inode
  std::map<std::string, std::size_t> inodes_;
  std::vector<PageBytes> contents_;
  PowerHistory history_;
  std::size_t calls_max_ = SIZE_MAX;
  std::optional<std::uint64_t> room_bytes_;
  bool is_next_sync_failing_ = false;
  bool are_syncs_ignored_ = kIsWithoutSync;
};

class PowerDisk::PowerFile final : public io::File {
 public:
  PowerFile(std::shared_ptr<State> state, std::size_t inode, std::string path, bool is_writable)
      : state_(std::move(state)),
        inode_(inode),
        path_(std::move(path)),
        is_writable_(is_writable) {}

  Status write_at(std::uint64_t offset, Bytes bytes) override {
    const std::lock_guard lock(state_->mutex_);
    if (!is_writable_) return invalid("write " + path_ + ": it was opened for reading");
    if (bytes.empty()) return {};
    PageBytes& contents = state_->contents_[inode_];
    const std::uint64_t end = offset + bytes.size();
    const std::uint64_t stop = state_->take_room(contents.size(), end);
    if (stop > offset) {
      const Bytes part = bytes.first(stop - offset);
      Call call{.kind = Kind::Write, .file = inode_, .path = path_};
      call.offset = offset;
      call.bytes.assign(part.begin(), part.end());
      call.size_after = std::max(contents.size(), stop);
      TRY(state_->record(std::move(call)));
      contents.write(offset, part);
    }
    if (stop < end) return transient("write " + path_ + ": no space left on device");
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    const std::lock_guard lock(state_->mutex_);
    return state_->contents_[inode_].read(offset, into);
  }

  Status sync() override {
    const std::lock_guard lock(state_->mutex_);
    const bool fails = std::exchange(state_->is_next_sync_failing_, false);
    Call call{.kind = fails ? Kind::FailedSync : Kind::Sync, .file = inode_, .path = path_};
    call.size_after = state_->contents_[inode_].size();
    TRY(state_->record(std::move(call)));
    if (fails) return corrupt("sync " + path_ + ": input/output error");
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(state_->mutex_);
    return state_->contents_[inode_].size();
  }

  Status truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(state_->mutex_);
    if (!is_writable_) return invalid("truncate " + path_ + ": it was opened for reading");
    Call call{.kind = Kind::Truncate, .file = inode_, .path = path_};
    call.size_after = size_bytes;
    TRY(state_->record(std::move(call)));
    state_->contents_[inode_].resize(size_bytes);
    return {};
  }

 private:
  const std::shared_ptr<State> state_;
  const std::size_t inode_;
  const std::string path_;
  const bool is_writable_;
};

PowerDisk::PowerDisk() : PowerDisk(Image()) {}
PowerDisk::PowerDisk(const Image& image) : state_(std::make_shared<State>(image)) {}
PowerDisk::~PowerDisk() = default;

Result<std::unique_ptr<io::File>> PowerDisk::open(const std::string& path, io::OpenMode mode) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  if (state_->has_directory(path)) return invalid("open " + path + ": is a directory");
  const auto found = state_->inodes_.find(path);
  const bool is_there = found != state_->inodes_.end();
  std::size_t inode = is_there ? found->second : state_->contents_.size();
  if (mode == io::OpenMode::Create) {
    if (is_there) return invalid("open " + path + ": file exists");
    if (!state_->has_directory(io::parent_of(path))) {
      return invalid("open " + path + ": no such directory");
    }
    TRY(state_->record({.kind = Kind::Create, .file = inode, .path = path}));
    state_->inodes_[path] = inode;
    state_->contents_.emplace_back();
  } else if (!is_there) {
    return invalid("open " + path + ": no such file");
  }
  return std::unique_ptr<io::File>(
      std::make_unique<PowerFile>(state_, inode, path, mode != io::OpenMode::Read));
}

Status PowerDisk::rename(const std::string& from, const std::string& to, bool replace) {
  TRY(check(from));
  TRY(check(to));
  const std::lock_guard lock(state_->mutex_);
  const std::string what = "rename " + from + " to " + to;
  const auto source = state_->inodes_.find(from);
  if (source == state_->inodes_.end()) return invalid(what + ": no such file");
  if (!state_->has_directory(io::parent_of(to))) return invalid(what + ": no such directory");
  if (state_->has_directory(to)) return invalid(what + ": is a directory");
  const auto target = state_->inodes_.find(to);
  const bool is_taken = target != state_->inodes_.end();
  if (is_taken && !replace) return invalid(what + ": file exists");
  if (from == to) return {};
  Call call{.kind = Kind::Rename, .file = source->second, .path = from, .to = to};
  if (is_taken) call.replaced = target->second;
  TRY(state_->record(call));
  state_->inodes_[to] = call.file;
  state_->inodes_.erase(from);
  return {};
}

Status PowerDisk::remove(const std::string& path) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  if (state_->has_directory(path)) return invalid("remove " + path + ": is a directory");
  const auto found = state_->inodes_.find(path);
  if (found == state_->inodes_.end()) return {};
  TRY(state_->record({.kind = Kind::Remove, .file = found->second, .path = path}));
  state_->inodes_.erase(found);
  return {};
}

Result<bool> PowerDisk::exists(const std::string& path) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  return state_->has(path);
}

Result<std::vector<io::DirectoryEntry>> PowerDisk::list(const std::string& path) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  if (state_->inodes_.contains(path)) return invalid("list " + path + ": not a directory");
  std::vector<io::DirectoryEntry> entries;
  for (const std::string& name : state_->image_.directories) {
    if (io::parent_of(name) == path) entries.push_back({last_name(name), true});
  }
  for (const auto& [name, inode] : state_->inodes_) {
    if (io::parent_of(name) == path) entries.push_back({last_name(name), false});
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  return entries;
}

Status PowerDisk::make(const std::string& path) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  for (std::size_t end = path.find('/'); !path.empty(); end = path.find('/', end + 1)) {
    const std::string level = path.substr(0, end);
    if (state_->inodes_.contains(level)) return invalid("make " + level + ": not a directory");
    if (!state_->has_directory(level)) {
      TRY(state_->record({.kind = Kind::Make, .path = level}));
      state_->image_.directories.insert(level);
    }
    TRY(state_->record({.kind = Kind::SyncNames, .path = io::parent_of(level)}));
    if (end == std::string::npos) break;
  }
  return {};
}

Status PowerDisk::sync(const std::string& path) {
  TRY(check(path));
  const std::lock_guard lock(state_->mutex_);
  if (!state_->has_directory(path)) return invalid("sync " + path + ": no such directory");
  if (std::exchange(state_->is_next_sync_failing_, false)) {
    return corrupt("sync " + path + ": input/output error");
  }
  return state_->record({.kind = Kind::SyncNames, .path = path});
}

std::size_t PowerDisk::calls() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->history_.size();
}

std::string PowerDisk::describe(std::size_t index) const {
  const std::lock_guard lock(state_->mutex_);
  const Call& call = state_->history_.at(index);
  constexpr const char* kNames[] = {"create", "write", "truncate",    "rename",    "remove",
                                    "make",   "sync",  "failed sync", "sync names"};
  std::string text = kNames[static_cast<std::size_t>(call.kind)] + (" " + call.path);
  if (call.kind == Kind::Rename) text += " to " + call.to;
  if (call.kind == Kind::Truncate) text += " " + std::to_string(call.size_after);
  if (call.kind == Kind::Write) {
    text += " " + std::to_string(call.offset) + "+" + std::to_string(call.bytes.size());
  }
  return text;
}

Image PowerDisk::cut(std::size_t calls, Random& random) const {
  const std::lock_guard lock(state_->mutex_);
  return state_->history_.cut(calls, random, state_->are_syncs_ignored_);
}

Image PowerDisk::now() const {
  const std::lock_guard lock(state_->mutex_);
  Image image;
  image.directories = state_->image_.directories;
  for (const auto& [path, inode] : state_->inodes_) image.files[path] = state_->contents_[inode];
  return image;
}

void PowerDisk::ignore_syncs(bool ignore) {
  const std::lock_guard lock(state_->mutex_);
  state_->are_syncs_ignored_ = ignore;
}

void PowerDisk::inject_no_space(std::uint64_t after_bytes) {
  const std::lock_guard lock(state_->mutex_);
  state_->room_bytes_ = after_bytes;
}

void PowerDisk::give_space() {
  const std::lock_guard lock(state_->mutex_);
  state_->room_bytes_.reset();
}

void PowerDisk::fail_next_sync() {
  const std::lock_guard lock(state_->mutex_);
  state_->is_next_sync_failing_ = true;
}

void PowerDisk::stop_after(std::size_t calls) {
  const std::lock_guard lock(state_->mutex_);
  state_->calls_max_ = calls;
}

std::vector<std::string> PowerDisk::files() const {
  const std::lock_guard lock(state_->mutex_);
  std::vector<std::string> names;
  for (const auto& [path, inode] : state_->inodes_) names.push_back(path);
  return names;
}

std::vector<std::byte> PowerDisk::bytes(const std::string& path) const {
  const std::lock_guard lock(state_->mutex_);
  return state_->contents_[state_->inodes_.at(path)].all();
}

void PowerDisk::flip(const std::string& path, std::uint64_t offset, int bit) {
  const std::lock_guard lock(state_->mutex_);
  Image one;
  one.files[path] = state_->contents_[state_->inodes_.at(path)];
  one.flip(path, offset, bit);
  state_->contents_[state_->inodes_.at(path)] = one.files[path];
}

void PowerDisk::truncate(const std::string& path, std::uint64_t size_bytes) {
  const std::lock_guard lock(state_->mutex_);
  state_->contents_[state_->inodes_.at(path)].resize(size_bytes);
}

}  // namespace slotcast::test
