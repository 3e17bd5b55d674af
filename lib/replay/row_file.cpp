#include "lib/replay/row_file.h"

#include "lib/base/crc32c.h"

namespace slotcast::replay {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

std::string named(const std::string& path) {
  return "file " + path;
}

Status check_bytes(StageFiles& files, const FileEntry& entry) {
  std::vector<char> piece(kPieceBytes);
  std::uint64_t size = 0;
  std::uint32_t checksum = 0;
  while (true) {
    auto got = files.read(entry.file, size, piece);
    if (!got.ok()) {
      const bool is_gone = got.error().kind == ErrorKind::Invalid;
      return is_gone ? invalid(got.error().what +
                               "; put it back as it was written: no file is passed over")
                     : got.error();
    }
    if (got.value() == 0) break;
    size += got.value();
    checksum = crc32c(as_bytes({piece.data(), got.value()}), checksum);
  }
  if (size != entry.bytes) {
    return corrupt("it has " + std::to_string(size) + " bytes, and had " +
                   std::to_string(entry.bytes) + " when it was written");
  }
  if (checksum != entry.crc32c) return corrupt("its bytes are not those that were written");
  return {};
}

}  // namespace

Result<std::unique_ptr<RowFile>> RowFile::open(StageFiles& files, const FileEntry& entry,
                                               RelationPtr relation, bool needs_xid) {
  TRY(check_bytes(files, entry).prefixed(named(entry.file)));
  std::unique_ptr<RowFile> file(new RowFile(files, entry, std::move(relation), needs_xid));
  TRY(file->advance());
  return file;
}

Status RowFile::advance() {
  const Status status = read();
  if (status.ok()) return status;
  return status.prefixed(named(path_) + " row " + std::to_string(row_ + 1));
}

Status RowFile::read() {
  has_head_ = false;
  arena_.clear();
  TRY_ASSIGN(const auto line, lines_.next());
  if (!line) {
    const bool is_whole = lines_.rest_bytes() == 0 && lines_.is_whole() && row_ == rows_;
    if (is_whole) return {};
    return corrupt("the file ends there, and is to have " + std::to_string(rows_) + " rows");
  }
  if (row_ == rows_) return corrupt("the file has more rows than its manifest says");
  TRY_ASSIGN(head_, parser_.parse(*line, arena_));
  ++row_;
  has_head_ = true;
  return {};
}

}  // namespace slotcast::replay
