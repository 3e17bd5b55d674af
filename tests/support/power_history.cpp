#include "tests/support/power_history.h"

#include <algorithm>

#include "lib/base/ensure.h"
#include "lib/io/file.h"

namespace slotcast::test {
namespace {

using Kind = Call::Kind;

// Every so many syncs of a file its durable contents are kept, as a place to start from.
constexpr std::size_t kSyncsPerDurable = 16;

bool is_of_names(Kind kind) {
  return kind == Kind::Create || kind == Kind::Rename || kind == Kind::Remove ||
         kind == Kind::Make || kind == Kind::SyncNames;
}

bool happens(Random& random, int percent) {
  return static_cast<int>(random.next() % 100) < percent;
}

void apply(PageBytes& contents, const Call& call) {
  if (call.kind == Kind::Write) contents.write(call.offset, call.bytes);
  if (call.kind == Kind::Truncate) contents.resize(call.size_after);
}

// Which inode has which name, both ways.
class Names {
 public:
  explicit Names(std::map<std::string, std::size_t> start) : inode_of_(std::move(start)) {
    for (const auto& [name, inode] : inode_of_) name_of_[inode] = name;
  }
  void place(const std::string& name, std::size_t inode) {
    if (const auto holder = inode_of_.find(name); holder != inode_of_.end()) {
      name_of_.erase(holder->second);
    }
    inode_of_[name] = inode;
    name_of_[inode] = name;
  }
  void erase(std::size_t inode) {
    const auto found = name_of_.find(inode);
    if (found == name_of_.end()) return;
    inode_of_.erase(found->second);
    name_of_.erase(found);
  }
  const std::map<std::string, std::size_t>& all() const { return inode_of_; }

 private:
  std::map<std::string, std::size_t> inode_of_;
  std::map<std::size_t, std::string> name_of_;
};

// A directory that did not survive takes with it what is below.
bool is_reachable(const std::string& path, const std::set<std::string>& directories) {
  for (std::string above = io::parent_of(path); !above.empty(); above = io::parent_of(above)) {
    if (!directories.contains(above)) return false;
  }
  return true;
}

}  // namespace

// How one power cut treats what is not durable. Drawn once for each, so that "all of it is gone"
// and "all of it is there" come up as well as every mixture.
struct PowerHistory::Chances {
  int keep_percent;
  int tear_percent;  // of the writes that are not kept whole

  static Chances draw(Random& random) {
    constexpr int kKeep[] = {0, 10, 50, 90, 100};
    constexpr int kTear[] = {0, 30, 80};
    return {kKeep[random.next() % std::size(kKeep)], kTear[random.next() % std::size(kTear)]};
  }
  bool is_exact() const { return keep_percent == 100 || (keep_percent == 0 && tear_percent == 0); }
};

PowerHistory::PowerHistory(const Image& start) : start_directories_(start.directories) {
  for (const auto& [path, contents] : start.files) {
    start_names_[path] = files_.size();
    files_.push_back({{}, {{0, contents}}, 0});
  }
}

void PowerHistory::record(Call call) {
  const std::size_t index = calls_.size();
  if (call.kind == Kind::Create) {
    ENSURE(call.file == files_.size());
    files_.push_back({{}, {{0, PageBytes()}}, 0});
  }
  if (is_of_names(call.kind)) name_calls_.push_back(index);
  calls_.push_back(std::move(call));
  if (is_of_names(calls_.back().kind)) return;
  FileHistory& file = files_[calls_.back().file];
  file.calls.push_back(index);
  if (calls_.back().kind == Kind::Sync && ++file.syncs % kSyncsPerDurable == 0) {
    Durable next = file.durable.back();
    advance(file, next, file.calls.size());
    file.durable.push_back(std::move(next));
  }
}

void PowerHistory::advance(const FileHistory& file, Durable& from, std::size_t end) const {
  for (std::size_t at = from.next; at < end; ++at) {
    const Call& call = calls_[file.calls[at]];
    if (call.kind == Kind::FailedSync &&
        std::any_of(file.calls.begin() + static_cast<std::ptrdiff_t>(at),
                    file.calls.begin() + static_cast<std::ptrdiff_t>(end),
                    [this](std::size_t later) { return calls_[later].kind == Kind::Sync; })) {
      from.next = at + 1;  // what it did not write, the next sync will not write either
    }
    if (call.kind != Kind::Sync) continue;
    for (; from.next < at; ++from.next) apply(from.contents, calls_[file.calls[from.next]]);
    from.contents.resize(call.size_after);
    ++from.next;
  }
}

PageBytes PowerHistory::cut_file(const FileHistory& file, std::size_t prefix,
                                 const Chances& chances, Random& random, bool ignore_syncs) const {
  const auto end = static_cast<std::size_t>(
      std::lower_bound(file.calls.begin(), file.calls.end(), prefix) - file.calls.begin());
  auto nearest = std::find_if(file.durable.rbegin(), file.durable.rend(),
                              [&](const Durable& d) { return d.next <= end && !ignore_syncs; });
  Durable state = nearest == file.durable.rend() ? file.durable.front() : *nearest;
  if (!ignore_syncs) advance(file, state, end);

  const std::uint64_t synced_size = state.contents.size();
  std::uint64_t newest = synced_size;
  std::uint64_t lowest = synced_size;
  std::uint64_t highest = synced_size;
  for (std::size_t at = state.next; at < end; ++at) {
    const Call& call = calls_[file.calls[at]];
    newest = call.size_after;
    lowest = std::min(lowest, newest);
    highest = std::max(highest, newest);
    if (happens(random, chances.keep_percent)) {
      apply(state.contents, call);
    } else if (call.kind == Kind::Write && happens(random, chances.tear_percent)) {
      write_partly(state.contents, call, random);
    }
  }
  if (chances.is_exact()) {
    state.contents.resize(chances.keep_percent == 100 ? newest : synced_size);
    return std::move(state.contents);
  }
  std::uint64_t size = lowest + random.next() % (highest - lowest + 1);
  if (random.next() % 2 == 0) size = std::max(lowest, size / 4096 * 4096);
  if (random.next() % 3 == 0) size = newest;
  state.contents.resize(size);
  return std::move(state.contents);
}

// Some sectors of it: a beginning, or any subset.
void PowerHistory::write_partly(PageBytes& contents, const Call& write, Random& random) const {
  const std::uint64_t sector = random.next() % 2 == 0 ? 512 : 4096;
  const std::uint64_t end = write.offset + write.bytes.size();
  const bool is_beginning = random.next() % 2 == 0;
  const std::uint64_t stop = write.offset + random.next() % (write.bytes.size() + 1);
  for (std::uint64_t at = write.offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / sector + 1) * sector);
    if (is_beginning ? next <= stop : random.next() % 2 == 0) {
      contents.write(at, Bytes(write.bytes).subspan(at - write.offset, next - at));
    }
    at = next;
  }
}

std::vector<bool> PowerHistory::choose_names(std::size_t prefix, const Chances& chances,
                                             Random& random, bool ignore_syncs) const {
  std::map<std::string, std::size_t> last_sync;
  std::size_t count = 0;
  for (; count < name_calls_.size() && name_calls_[count] < prefix; ++count) {
    const Call& call = calls_[name_calls_[count]];
    if (call.kind == Kind::SyncNames && !ignore_syncs) last_sync[call.path] = name_calls_[count];
  }
  const auto is_synced = [&](const std::string& path, std::size_t index) {
    const auto found = last_sync.find(io::parent_of(path));
    return found != last_sync.end() && found->second > index;
  };
  std::vector<bool> kept(count);
  std::set<std::string> taken;  // names that a kept call placed a file on
  for (std::size_t at = count; at-- > 0;) {
    const Call& call = calls_[name_calls_[at]];
    if (call.kind == Kind::SyncNames) continue;
    bool keep = is_synced(call.path, name_calls_[at]) &&
                (call.kind != Kind::Rename || is_synced(call.to, name_calls_[at]));
    keep = keep || happens(random, chances.keep_percent);
    const bool makes_free = call.kind == Kind::Rename || call.kind == Kind::Remove;
    if (makes_free && taken.erase(call.path) > 0) keep = true;
    if (keep && call.kind == Kind::Create) taken.insert(call.path);
    if (keep && call.kind == Kind::Rename) taken.insert(call.to);
    kept[at] = keep;
  }
  return kept;
}

Image PowerHistory::cut(std::size_t prefix, Random& random, bool ignore_syncs) const {
  ENSURE(prefix <= calls_.size());
  const Chances chances = Chances::draw(random);
  const std::vector<bool> kept = choose_names(prefix, chances, random, ignore_syncs);
  Names names(start_names_);
  std::set<std::string> directories = start_directories_;
  for (std::size_t at = 0; at < kept.size(); ++at) {
    if (!kept[at]) continue;
    const Call& call = calls_[name_calls_[at]];
    if (call.kind == Kind::Make) directories.insert(call.path);
    if (call.kind == Kind::Create) names.place(call.path, call.file);
    if (call.kind == Kind::Remove || call.kind == Kind::Rename) names.erase(call.file);
    if (call.kind == Kind::Rename) {
      names.erase(call.replaced);
      names.place(call.to, call.file);
    }
  }
  Image image;
  for (const std::string& path : directories) {
    if (is_reachable(path, directories)) image.directories.insert(path);
  }
  for (const auto& [path, inode] : names.all()) {
    if (!is_reachable(path, directories)) continue;
    image.files[path] = cut_file(files_[inode], prefix, chances, random, ignore_syncs);
  }
  return image;
}

}  // namespace slotcast::test
