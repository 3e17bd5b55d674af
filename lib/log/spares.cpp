#include "lib/log/spares.h"

namespace slotcast::log {
namespace {

constexpr const char* kSuffix = ".spare";

bool is_spare(const std::string& name) {
  return name.ends_with(kSuffix);
}

}  // namespace

Spares::Spares(io::Directory& directory, std::uint64_t segment_bytes, std::size_t count_max)
    : directory_(directory), segment_bytes_(segment_bytes), count_max_(count_max) {}

Spares::InHand::InHand(Spares& spares) : spares_(spares) {
  const std::lock_guard lock(spares_.mutex_);
  ++spares_.in_hand_;
}

Spares::InHand::~InHand() {
  const std::lock_guard lock(spares_.mutex_);
  --spares_.in_hand_;
  spares_.settled_.notify_all();
}

void Spares::settle() {
  std::unique_lock lock(mutex_);
  settled_.wait(lock, [this] { return in_hand_ == 0; });
}

std::uint64_t Spares::in_hand_bytes() const {
  const std::lock_guard lock(mutex_);
  return ready_.empty() ? in_hand_ * segment_bytes_ : 0;
}

Status Spares::clear() {
  TRY_ASSIGN(const auto entries, directory_.list(""));
  for (const io::DirectoryEntry& entry : entries) {
    if (is_spare(entry.name)) TRY(directory_.remove(entry.name));
  }
  return directory_.sync("");
}

std::string Spares::next_name() {
  const std::lock_guard lock(mutex_);
  return std::to_string(++names_) + kSuffix;
}

Result<Spares::Spare> Spares::make(bool filled) {
  Spare spare{next_name(), nullptr};
  TRY_ASSIGN(spare.file, directory_.open(spare.name, io::OpenMode::Create));
  Status made =
      filled ? zero_fill(*spare.file, segment_bytes_) : spare.file->truncate(segment_bytes_);
  if (made.ok()) made = spare.file->sync();
  if (!made.ok()) {
    TRY(directory_.remove(spare.name));  // a full disk must not stay full of half a spare
    return made.error();
  }
  return spare;
}

Result<Spares::Spare> Spares::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!ready_.empty()) {
      Spare spare = std::move(ready_.back());
      ready_.pop_back();
      return spare;
    }
  }
  return make(false);
}

void Spares::put_back(Spare spare) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(spare));
}

Status Spares::retire(const std::string& segment_name, std::shared_ptr<io::File> file) {
  bool keep = false;
  {
    const std::lock_guard lock(mutex_);
    keep = ready_.size() < count_max_;
  }
  TRY_ASSIGN(const std::uint64_t size, file->size());
  if (!keep || size != segment_bytes_) {
    TRY(directory_.remove(segment_name));
    return directory_.sync("");
  }
  const std::string name = next_name();
  // The name must be gone for good before the file gets another header: a power cut must not bring
  // the old name back with the new contents. One by one, oldest first: it must leave no hole.
  TRY(directory_.rename(segment_name, name, true));
  TRY(directory_.sync(""));
  put_back({name, std::move(file)});
  return {};
}

Status Spares::prepare(bool filled) {
  if (!wanted_) return {};
  {
    const std::lock_guard lock(mutex_);
    if (!ready_.empty()) return {};
  }
  const InHand in_hand(*this);
  TRY_ASSIGN(Spare spare, make(filled));
  wanted_ = false;
  put_back(std::move(spare));
  return {};
}

std::uint64_t Spares::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return ready_.size() * segment_bytes_;
}

}  // namespace slotcast::log
