#include "lib/log/side_writer.h"

#include "lib/log/scan.h"

namespace slotcast::log {
namespace {

// So much is written before the disk is asked to take it: the sync at the end then is short.
constexpr std::uint64_t kWriteBackBytes = 4 << 20;

}  // namespace

SideWriter::SideWriter(io::Directory& directory, const Range& range)
    : directory_(&directory),
      range_(range),
      temporary_(segment_name(range.first_record) + ".tmp"),
      next_record_(range.first_record) {}

Result<SideWriter> SideWriter::create(io::Directory& directory, const Range& range,
                                      Random& random) {
  SideWriter writer(directory, range);
  TRY(directory.remove(writer.temporary_));
  TRY_ASSIGN(writer.file_, directory.open(writer.temporary_, io::OpenMode::Create));
  writer.header_.epoch = random.next() | 1;
  writer.header_.first_record = range.first_record;
  writer.header_.first_block = 1;
  writer.header_.start_lsn = range.lsn;
  if (Status written = writer.file_->write_at(0, encode(writer.header_)); !written.ok()) {
    TRY(writer.abandon());
    return written.error();
  }
  return writer;
}

void SideWriter::add_schema(RecordType type, std::uint32_t relation_id, Bytes body) {
  std::array<std::byte, 4> id;
  store_le(id.data(), relation_id);
  block_.add(type, {id, body});
  flags_ |= BlockHeader::kHasSchema;
}

Status SideWriter::append_row(Bytes message) {
  if (block_.is_full()) TRY(write_block());
  if (!in_transaction_) {
    block_.add(RecordType::Begin, {range_.begin});
    flags_ |= BlockHeader::kSnapshot;
    in_transaction_ = true;
  }
  block_.add(RecordType::Message, {message});
  return {};
}

Status SideWriter::write_block() {
  if (in_transaction_) block_.add(RecordType::Commit, {range_.commit});
  in_transaction_ = false;
  BlockHeader header;
  header.flags = flags_;
  header.epoch = header_.epoch;
  header.number = next_block_;
  header.first_record = next_record_;
  header.complete = {next_record_.value + block_.record_count() - 1};
  header.end_lsn = range_.lsn;
  header.previous_crc = previous_crc_;
  const Bytes bytes = block_.seal(header);
  if (header.next_record().value - range_.first_record.value > range_.record_count_max) {
    return invalid("side segment " + temporary_ + ": more records than there are numbers for");
  }
  TRY(file_->write_at(offset_, bytes));
  offset_ += bytes.size();
  if (offset_ - written_back_ >= kWriteBackBytes) {
    file_->start_write_back(written_back_, offset_ - written_back_);
    written_back_ = offset_;
  }
  next_record_ = header.next_record();
  previous_crc_ = header.header_crc;
  ++next_block_;
  flags_ = 0;
  block_.clear();
  return {};
}

Result<Segment> SideWriter::finish() {
  if (!block_.is_empty()) TRY(write_block());
  // The size tells later whether a block is missing at the end.
  TRY(file_->truncate(offset_));
  TRY(file_->sync());
  const std::string name = segment_name(range_.first_record);
  TRY(directory_->rename(temporary_, name, true));
  TRY(directory_->sync(""));
  Segment segment;
  segment.header = header_;
  segment.name = name;
  segment.file = file_;
  segment.sealed = true;
  segment.end_bytes = offset_;
  segment.next_record = next_record_;
  segment.size_bytes = offset_;
  return segment;
}

Status SideWriter::abandon() {
  file_.reset();
  return directory_->remove(temporary_);
}

Result<Segment> open_side_segment(io::Directory& directory, const std::string& name) {
  TRY_ASSIGN(Segment segment, open_segment(directory, name, io::OpenMode::Read));
  const Chain start{
      segment.header.first_block, segment.header.first_record, 0, {}, segment.header.start_lsn};
  TRY_ASSIGN(const Scan scan, scan_segment(segment, start, segment.size_bytes, {}));
  if (scan.end_bytes != segment.size_bytes) {
    return corrupt("side segment " + name + ": block " + std::to_string(scan.chain.next_block) +
                   " at offset " + std::to_string(scan.end_bytes) + ": " + scan.stopped_by);
  }
  segment.sealed = true;
  segment.end_bytes = scan.end_bytes;
  segment.next_record = scan.chain.next_record;
  return segment;
}

}  // namespace slotcast::log
