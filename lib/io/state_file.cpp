#include "lib/io/state_file.h"

#include <cstdio>

#include "lib/base/crc32c.h"

namespace slotcast::io {
namespace {

constexpr std::string_view kMagic = "slotcast-state ";
constexpr int kVersion = 1;

}  // namespace

Status write_state_file(Directory& directory, const std::string& name, std::string_view contents) {
  char header[64];
  std::snprintf(header, sizeof header, "%s%d %08x\n", kMagic.data(), kVersion,
                crc32c(as_bytes(contents)));
  const std::string whole = header + std::string(contents);
  const std::string temporary = name + ".tmp";
  TRY(directory.remove(temporary));
  TRY_ASSIGN(const auto file, directory.open(temporary, OpenMode::Create));
  TRY(file->write_at(0, as_bytes(whole)));
  TRY(file->sync());
  TRY(directory.rename(temporary, name, true));
  return directory.sync(parent_of(name));
}

Result<std::optional<std::string>> read_state_file(Directory& directory, const std::string& name) {
  TRY_ASSIGN(const bool there, directory.exists(name));
  if (!there) return std::optional<std::string>();
  TRY_ASSIGN(const auto file, directory.open(name, OpenMode::Read));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  std::string whole(size, '\0');
  TRY(read_exactly_at(*file, 0, std::as_writable_bytes(std::span(whole))));
  int version = 0;
  unsigned checksum = 0;
  int consumed = 0;
  const bool framed =
      whole.starts_with(kMagic) &&
      std::sscanf(whole.c_str() + kMagic.size(), "%d %8x\n%n", &version, &checksum, &consumed) == 2;
  if (!framed) return corrupt("state file " + name + ": no valid first line");
  if (version > kVersion) {
    return invalid("state file " + name + " was written by a newer version of slotcast");
  }
  const std::size_t line_end = whole.find('\n');
  if (line_end == std::string::npos) return corrupt("state file " + name + ": cut");
  std::string contents = whole.substr(line_end + 1);
  if (crc32c(as_bytes(contents)) != checksum) {
    return corrupt("state file " + name + ": its checksum does not fit");
  }
  return std::optional<std::string>(std::move(contents));
}

}  // namespace slotcast::io
