#pragma once

#include <string>

#include "lib/io/file.h"

namespace slotcast::test {

// A directory below another one, as a Directory of its own: so that log, journal and stage can lie
// on one disk that loses its power as a whole.
class SubDirectory final : public io::Directory {
 public:
  SubDirectory(io::Directory& parent, std::string path) : parent_(parent), path_(std::move(path)) {}

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    return parent_.open(below(path), mode);
  }
  Status rename(const std::string& from, const std::string& to, bool replace) override {
    return parent_.rename(below(from), below(to), replace);
  }
  Status remove(const std::string& path) override { return parent_.remove(below(path)); }
  Result<bool> exists(const std::string& path) override { return parent_.exists(below(path)); }
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override {
    return parent_.list(below(path));
  }
  Status make(const std::string& path) override { return parent_.make(below(path)); }
  Status sync(const std::string& path) override { return parent_.sync(below(path)); }

 private:
  std::string below(const std::string& path) const {
    return path.empty() ? path_ : path_ + "/" + path;
  }

  io::Directory& parent_;
  const std::string path_;
};

}  // namespace slotcast::test
