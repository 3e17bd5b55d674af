#include "lib/log/writer.h"

#include "lib/base/ensure.h"

namespace slotcast::log {

Writer::Writer(Parts parts, const Options& options, Recovered recovered, Lsn start)
    : parts_(parts), options_(options) {
  chain_ = recovered.chain;
  if (recovered.segments.empty()) chain_.end_lsn = start;
  open_begin_ = chain_.open_begin;
  end_lsn_ = chain_.end_lsn;
  complete_ = recovered.complete;
  schema_ = std::move(recovered.schema);
  if (!recovered.segments.empty()) {
    previous_epoch_ = recovered.segments.back().header.epoch;
    offset_ = recovered.end_bytes;
  }
  begin_block();
}

Result<std::unique_ptr<Writer>> Writer::open(Parts parts, const Options& options,
                                             Recovered recovered, Lsn start) {
  // A newest segment without a block is replaced: the new one has the same first record and name.
  std::optional<SegmentHeader> replaced;
  if (!recovered.segments.empty() &&
      recovered.segments.back().header.first_record == recovered.chain.next_record) {
    replaced = recovered.segments.back().header;
    recovered.segments.pop_back();
  }
  const SteadyTime now = parts.clock->now();
  for (const Segment& segment : recovered.segments) parts.segments->add(segment, now);
  std::unique_ptr<Writer> writer(new Writer(parts, options, std::move(recovered), start));
  if (replaced) {
    writer->chain_.end_lsn = replaced->start_lsn;
    writer->end_lsn_ = replaced->start_lsn;
    writer->previous_epoch_ = replaced->previous_epoch;
    writer->offset_ = replaced->previous_end;
  }
  TRY(writer->start_segment());
  if (writer->in_transaction()) TRY(writer->append_abandon());
  TRY(writer->flush());
  return writer;
}

void Writer::begin_block() {
  block_.clear();
  block_flags_ = 0;
  block_complete_ = {};
}

// A record goes into the block only when the block before it has been written: so an error leaves
// everything as it was, and the caller makes the same call again.
Status Writer::reserve() {
  if (block_.is_full()) return flush();
  return {};
}

Status Writer::append(RecordType type, std::initializer_list<Bytes> parts) {
  TRY(reserve());
  block_.add(type, parts);
  if (!in_transaction()) block_complete_ = {chain_.next_record.value + block_.record_count() - 1};
  return {};
}

Status Writer::append_message(Bytes message) {
  return append(RecordType::Message, {message});
}

Status Writer::append_schema(RecordType type, std::uint32_t relation_id, Bytes body) {
  std::array<std::byte, 4> id;
  store_le(id.data(), relation_id);
  TRY(append(type, {id, body}));
  block_flags_ |= BlockHeader::kHasSchema;
  auto& kept = block_schema_[{type, relation_id}];
  kept.assign(id.begin(), id.end());
  kept.insert(kept.end(), body.begin(), body.end());
  return {};
}

Bytes Writer::last_schema(RecordType type, std::uint32_t relation_id) const {
  for (const Schema* schema : {&block_schema_, &schema_}) {
    const auto found = schema->find({type, relation_id});
    if (found != schema->end()) return Bytes(found->second).subspan(4);
  }
  return {};
}

Status Writer::append_begin(Bytes message) {
  ENSURE(!in_transaction());
  TRY(reserve());
  open_begin_ = {chain_.next_record.value + block_.record_count()};
  block_.add(RecordType::Begin, {message});
  return {};
}

Status Writer::append_commit(Bytes message, Lsn end, PgTime time) {
  ENSURE(in_transaction());
  TRY(reserve());
  open_begin_ = {};
  end_lsn_ = end;
  commit_time_ = time;
  return append(RecordType::Commit, {message});
}

Status Writer::append_abandon() {
  ENSURE(in_transaction());
  TRY(reserve());
  open_begin_ = {};
  return append(RecordType::Abandon, {});
}

Status Writer::append_position(Lsn lsn) {
  ENSURE(!in_transaction() && lsn >= end_lsn_);
  TRY(reserve());
  std::array<std::byte, 8> value;
  store_le(value.data(), lsn.value);
  end_lsn_ = lsn;
  return append(RecordType::Position, {value});
}

Status Writer::flush() {
  if (const auto failure = parts_.tail->failure()) return *failure;
  if (block_.is_empty()) return {};
  return write_block();
}

Status Writer::write_block() {
  const bool fits =
      !segment_has_blocks_ || offset_ + block_.size_on_disk() <= options_.segment_bytes;
  if (!fits || prologue_next_) TRY(roll());
  TRY(put_block());
  // Not before: rows in front of a Relation record in the same block are of the relation before.
  for (auto& [key, body] : block_schema_) schema_.insert_or_assign(key, std::move(body));
  block_schema_.clear();
  return {};
}

Status Writer::put_block() {
  BlockHeader header;
  header.flags = block_flags_;
  header.epoch = epoch_;
  header.number = chain_.next_block;
  header.first_record = chain_.next_record;
  header.synced_block = parts_.tail->durable().block;
  header.open_begin = open_begin_;
  header.complete = block_complete_;
  header.end_lsn = end_lsn_;
  header.previous_crc = chain_.previous_crc;
  const Bytes bytes = block_.seal(header);
  if (Status written = file_->write_at(offset_, bytes); !written.ok()) {
    if (written.error().kind != ErrorKind::Transient) return fail(written.error());
    return written.error().prefixed("log");
  }
  offset_ += bytes.size();
  if (offset_ > options_.segment_bytes) parts_.segments->set_newest_size(offset_);
  if (offset_ > options_.segment_bytes / 2) parts_.spares->want();
  if (block_complete_.value != 0) complete_ = block_complete_;
  chain_ = {header.number + 1, header.next_record(), header.header_crc, open_begin_, end_lsn_};
  written_bytes_ += bytes.size();
  parts_.tail->publish_written({complete_, header.number, end_lsn_, commit_time_, written_bytes_});
  segment_has_blocks_ = true;
  begin_block();
  return {};
}

Status Writer::fail(const Error& error) {
  const Error named = error.prefixed("log");
  parts_.tail->fail(named);
  return named;
}

SegmentHeader Writer::next_header() {
  SegmentHeader header;
  header.epoch = parts_.random->next() | 1;  // 0 means "no segment before"
  header.first_record = chain_.next_record;
  header.first_block = chain_.next_block;
  header.synced_block = parts_.tail->durable().block;
  header.start_lsn = chain_.end_lsn;
  header.previous_epoch = previous_epoch_;
  header.previous_end = previous_epoch_ == 0 ? 0 : offset_;
  header.previous_crc = chain_.previous_crc;
  header.open_begin = chain_.open_begin;
  return header;
}

bool Writer::has_room() const {
  // The segments first: the keeper takes files from there.
  const std::uint64_t used = parts_.segments->size_bytes() + options_.segment_bytes;
  return used + parts_.spares->in_hand_bytes() <= options_.size_bytes_max;
}

Status Writer::check_size() {
  if (!has_room()) parts_.spares->settle();
  is_full_ = !has_room();
  if (is_full_) {
    return transient("log is full: log.max_size of " + std::to_string(options_.size_bytes_max) +
                     " bytes is used, the slowest sink holds it");
  }
  return {};
}

// Begins a new segment, or goes on with the beginning that found no room.
Status Writer::roll() {
  if (!prologue_next_) TRY(check_size());
  // The block in memory was numbered for the end of the old segment; the new one's prologue comes
  // before it, so it is set aside meanwhile.
  BlockDraft waiting = std::move(block_);
  const std::uint16_t flags = block_flags_;
  const bool had_complete = block_complete_.value != 0;
  const std::uint64_t complete_at = block_complete_.value - chain_.next_record.value;
  const Sequence old_next = chain_.next_record;
  const Sequence open_begin = open_begin_;
  const Lsn end_lsn = end_lsn_;

  open_begin_ = chain_.open_begin;
  end_lsn_ = chain_.end_lsn;
  Status started = prologue_next_ ? write_prologue() : start_segment();
  block_ = std::move(waiting);
  block_flags_ = flags;
  end_lsn_ = end_lsn;
  block_complete_ = {};
  if (had_complete) block_complete_ = {chain_.next_record.value + complete_at};
  open_begin_ = open_begin;
  if (open_begin.value >= old_next.value) {
    open_begin_ = {chain_.next_record.value + (open_begin.value - old_next.value)};
  }
  return started;
}

Status Writer::start_segment() {
  TRY_ASSIGN(Spares::Spare spare, parts_.spares->take());
  const SegmentHeader header = next_header();
  const std::string name = segment_name(header.first_record);
  Status ready = spare.file->write_at(0, encode(header));
  if (ready.ok()) ready = spare.file->sync();
  if (ready.ok()) ready = parts_.directory->rename(spare.name, name, true);
  if (ready.ok()) ready = parts_.directory->sync("");
  if (!ready.ok()) {
    if (ready.error().kind != ErrorKind::Transient) return fail(ready.error());
    parts_.spares->put_back(std::move(spare));
    return ready.error().prefixed("log");
  }
  file_ = spare.file;
  epoch_ = header.epoch;
  previous_epoch_ = header.epoch;
  offset_ = kFirstBlockOffset;
  parts_.segments->add({header, name, file_, false, 0, {}, {}, options_.segment_bytes},
                       parts_.clock->now());
  segment_has_blocks_ = false;
  if (!schema_.empty()) prologue_next_ = schema_.begin()->first;
  return write_prologue();
}

// Repeats what is known of every relation, so that a reader may begin at any segment. However long
// it is, it never rolls. When a block of it finds no room, the next call goes on with that block's
// records: the segment is the newest one and holds nothing else yet.
Status Writer::write_prologue() {
  while (prologue_next_) {
    begin_block();
    auto next = schema_.lower_bound(*prologue_next_);
    while (next != schema_.end() && !block_.is_full()) {
      block_.add(next->first.first, {next->second});
      block_flags_ |= BlockHeader::kHasSchema;
      if (!in_transaction())
        block_complete_ = {chain_.next_record.value + block_.record_count() - 1};
      ++next;
    }
    TRY(put_block());
    prologue_next_.reset();
    if (next != schema_.end()) prologue_next_ = next->first;
  }
  segment_has_blocks_ = false;
  return {};
}

}  // namespace slotcast::log
