#include "lib/io/state_file.h"

#include <algorithm>
#include <cstdio>

#include "lib/base/crc32c.h"

namespace slotcast::io {
namespace {

constexpr std::string_view kMagic = "slotcast-state ";
constexpr int kVersion = 1;

std::string first_line_of(std::string_view contents) {
  char line[64];
  std::snprintf(line, sizeof line, "%s%d %08x\n", kMagic.data(), kVersion,
                crc32c(as_bytes(contents)));
  return line;
}

// A later version may have any first line, as long as it says which version it is.
bool is_newer(const std::string& whole) {
  int version = 0;
  return whole.starts_with(kMagic) &&
         std::sscanf(whole.c_str() + kMagic.size(), "%d ", &version) == 1 && version > kVersion;
}

}  // namespace

Status write_state_file(Directory& directory, const std::string& name, std::string_view contents) {
  const std::string whole = first_line_of(contents) + std::string(contents);
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
  if (size == 0) return corrupt("state file " + name + " is empty");
  std::string whole(size, '\0');
  TRY(read_exactly_at(*file, 0, std::as_writable_bytes(std::span(whole))));
  if (is_newer(whole)) {
    return invalid("state file " + name + " was written by a newer version of slotcast");
  }
  // Its own first line is the only one that fits: no other spelling of it is let through.
  std::string contents = whole.substr(std::min(whole.find('\n'), whole.size() - 1) + 1);
  if (whole != first_line_of(contents) + contents) {
    return corrupt("state file " + name +
                   ": its checksum does not fit; restore it, or the whole "
                   "directory, from before the damage");
  }
  return std::optional<std::string>(std::move(contents));
}

}  // namespace slotcast::io
