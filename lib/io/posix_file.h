#pragma once

#include <string>

#include "lib/io/file.h"

namespace slotcast::io {

// A File over a descriptor, which it owns and closes. `path` is for messages only.
class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path);
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Status write_at(std::uint64_t offset, Bytes bytes) override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override;
  Status sync() override;
  void start_write_back(std::uint64_t offset, std::uint64_t size_bytes) override;
  Result<std::uint64_t> size() const override;
  Status truncate(std::uint64_t size_bytes) override;

 private:
  const int descriptor_;
  const std::string path_;
};

}  // namespace slotcast::io
