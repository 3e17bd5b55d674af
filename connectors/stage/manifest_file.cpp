#include "connectors/stage/manifest_file.h"

#include <algorithm>
#include <memory>

namespace slotcast::stage {
namespace {

constexpr std::uint64_t kStepBytes = 4096;

// [from, end) of a file; `end` must lie in it.
Result<std::string> text_of(const io::File& file, std::uint64_t from, std::uint64_t end) {
  std::string text(end - from, '\0');
  TRY(io::read_exactly_at(file, from, std::as_writable_bytes(std::span(text))));
  return text;
}

Result<bool> holds(const io::File& file, std::uint64_t at, std::string_view lines) {
  TRY_ASSIGN(const std::string text, text_of(file, at, at + lines.size()));
  return text == lines;
}

Result<bool> begins_line(const io::File& file, std::uint64_t at) {
  if (at == 0) return true;
  return holds(file, at - 1, "\n");
}

// Where the last whole line ends.
Result<std::uint64_t> end_of_lines(const io::File& file, std::uint64_t size) {
  while (size > 0) {
    const std::uint64_t from = size - std::min(size, kStepBytes);
    TRY_ASSIGN(const std::string text, text_of(file, from, size));
    const std::size_t last = text.rfind('\n');
    if (last != text.npos) return from + last + 1;
    size = from;
  }
  return size;
}

}  // namespace

Result<std::uint64_t> ManifestFile::end() {
  TRY_ASSIGN(const bool there, directory_.exists(path_));
  if (!there) return std::uint64_t{0};
  TRY_ASSIGN(const auto file, directory_.open(path_, io::OpenMode::ReadWrite));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  TRY_ASSIGN(const bool is_whole, begins_line(*file, size));
  if (is_whole) return size;
  TRY_ASSIGN(const bool lacks_only_its_end, holds(*file, size - 1, "}"));
  if (lacks_only_its_end) {  // as editors leave it
    TRY(file->write_at(size, as_bytes("\n")));
    TRY(file->sync());
    return size + 1;
  }
  TRY_ASSIGN(const std::uint64_t end, end_of_lines(*file, size));
  TRY(file->truncate(end));
  TRY(file->sync());
  return end;
}

Status ManifestFile::append_once(std::uint64_t at, std::string_view lines) {
  TRY_ASSIGN(const bool there, directory_.exists(path_));
  if (!there) {
    TRY(directory_.make(io::parent_of(path_)));
    TRY_ASSIGN(const auto made, directory_.open(path_, io::OpenMode::Create));
    return write(*made, 0, lines);
  }
  TRY_ASSIGN(const auto file, directory_.open(path_, io::OpenMode::ReadWrite));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  bool is_there = false;
  if (size >= at + lines.size()) {
    TRY_ASSIGN(is_there, holds(*file, at, lines));
  }
  // Behind its own place it can only be where somebody has shortened the file meanwhile.
  if (!is_there && size >= lines.size()) {
    TRY_ASSIGN(is_there, holds(*file, size - lines.size(), lines));
  }
  // Synced all the same: the call that wrote it may have ended before its sync.
  if (is_there) return write(*file, size, {});
  bool is_as_prepared = at <= size && size <= at + lines.size();
  if (is_as_prepared) {
    TRY_ASSIGN(is_as_prepared, begins_line(*file, at));
  }
  if (!is_as_prepared) {
    TRY_ASSIGN(at, end());
    return write(*file, at, lines);
  }
  if (size > at) TRY(file->truncate(at));
  return write(*file, at, lines);
}

Status ManifestFile::write(io::File& file, std::uint64_t at, std::string_view lines) {
  if (!lines.empty()) TRY(file.write_at(at, as_bytes(lines)));
  TRY(file.sync());
  return directory_.sync(io::parent_of(path_));
}

}  // namespace slotcast::stage
