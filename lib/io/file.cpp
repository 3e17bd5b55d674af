#include "lib/io/file.h"

#include <algorithm>

namespace slotcast::io {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Status check_path(const std::string& path) {
  if (path.empty()) return {};
  if (path.find('\0') != std::string::npos) return invalid("a path with a zero byte in it");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (name.empty() || name == "." || name == "..") {
      return invalid("path \"" + path + "\": only names below the directory may be used");
    }
    begin = end + 1;
  }
  return {};
}

Status read_exactly_at(const File& file, std::uint64_t offset, std::span<std::byte> into) {
  TRY_ASSIGN(const std::size_t got, file.read_at(offset, into));
  if (got != into.size()) {
    return corrupt("file ends at " + std::to_string(offset + got) + ", " +
                   std::to_string(into.size() - got) + " bytes too early");
  }
  return {};
}

Status zero_fill(File& file, std::uint64_t size_bytes) {
  const std::vector<std::byte> zeros(256 * 1024);
  for (std::uint64_t at = 0; at < size_bytes; at += zeros.size()) {
    const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), size_bytes - at);
    TRY(file.write_at(at, Bytes(zeros).first(count)));
  }
  return {};
}

}  // namespace slotcast::io
