#pragma once

#include <memory>

#include "lib/io/file.h"

// What disks that misbehave have in common: everything goes on to another one, but for what they
// override.

namespace slotcast::test {

class ForwardingFile : public io::File {
 public:
  explicit ForwardingFile(std::unique_ptr<io::File> inner) : inner_(std::move(inner)) {}

  Status write_at(std::uint64_t offset, Bytes bytes) override {
    return inner_->write_at(offset, bytes);
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    return inner_->read_at(offset, into);
  }
  Status sync() override { return inner_->sync(); }
  Result<std::uint64_t> size() const override { return inner_->size(); }
  Status truncate(std::uint64_t size_bytes) override { return inner_->truncate(size_bytes); }

 private:
  const std::unique_ptr<io::File> inner_;
};

class ForwardingDirectory : public io::Directory {
 public:
  explicit ForwardingDirectory(io::Directory& inner) : inner_(inner) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    TRY_ASSIGN(std::unique_ptr<io::File> file, inner_.open(path, mode));
    return wrap(std::move(file));
  }
  Status rename(const std::string& from, const std::string& to, bool replace) override {
    return inner_.rename(from, to, replace);
  }
  Status remove(const std::string& path) override { return inner_.remove(path); }
  Result<bool> exists(const std::string& path) override { return inner_.exists(path); }
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override {
    return inner_.list(path);
  }
  Status make(const std::string& path) override { return inner_.make(path); }
  Status sync(const std::string& path) override { return inner_.sync(path); }

 private:
  virtual std::unique_ptr<io::File> wrap(std::unique_ptr<io::File> file) = 0;

  io::Directory& inner_;
};

}  // namespace slotcast::test
