#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "lib/io/file.h"

namespace slotcast::bench {

// Files in memory: the product's own work is counted, not the kernel's.
class MemoryDirectory final : public io::Directory {
 public:
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    auto& bytes = files_[path];
    if (!bytes || mode == io::OpenMode::Create) bytes = std::make_shared<Contents>();
    return std::unique_ptr<io::File>(std::make_unique<File>(bytes));
  }
  Status rename(const std::string& from, const std::string& to, bool) override {
    files_[to] = files_[from];
    files_.erase(from);
    return {};
  }
  Status remove(const std::string& path) override {
    files_.erase(path);
    return {};
  }
  Result<bool> exists(const std::string& path) override { return files_.count(path) > 0; }
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override {
    std::vector<io::DirectoryEntry> entries;
    for (const auto& [name, bytes] : files_) {
      if (io::parent_of(name) != path) continue;
      entries.push_back({name.substr(path.empty() ? 0 : path.size() + 1), false});
    }
    return entries;
  }
  Status make(const std::string&) override { return {}; }
  Status sync(const std::string&) override { return {}; }

 private:
  using Contents = std::vector<std::byte>;

  class File final : public io::File {
   public:
    explicit File(std::shared_ptr<Contents> bytes) : bytes_(std::move(bytes)) {}
    Status write_at(std::uint64_t offset, Bytes bytes) override {
      if (bytes_->size() < offset + bytes.size()) bytes_->resize(offset + bytes.size());
      std::memcpy(bytes_->data() + offset, bytes.data(), bytes.size());
      return {};
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
      if (offset >= bytes_->size()) return std::size_t{0};
      const std::size_t size = std::min<std::size_t>(into.size(), bytes_->size() - offset);
      std::memcpy(into.data(), bytes_->data() + offset, size);
      return size;
    }
    Status sync() override { return {}; }
    Result<std::uint64_t> size() const override { return std::uint64_t{bytes_->size()}; }
    Status truncate(std::uint64_t size_bytes) override {
      bytes_->resize(size_bytes);
      return {};
    }

   private:
    const std::shared_ptr<Contents> bytes_;
  };

  std::map<std::string, std::shared_ptr<Contents>> files_;
};

}  // namespace slotcast::bench
