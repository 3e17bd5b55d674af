#include "lib/pgoutput/decoder.h"

#include <algorithm>

#include "lib/base/ensure.h"
#include "lib/change/messages.h"

namespace slotcast::pgoutput {
namespace {

using log::Record;
using log::RecordType;

// What a cell of usual rows takes in the log; a guess that saves growing.
constexpr std::size_t kBytesPerCell = 16;

using Words = std::shared_ptr<const TypeWords>;

bool same(const Words& a, const Words& b) {
  return a == b || (a && b && *a == *b);
}

bool same(const Column& a, const Column& b) {
  return a.name == b.name && a.type_oid == b.type_oid && a.type_modifier == b.type_modifier &&
         a.is_key == b.is_key && a.is_primary_key == b.is_primary_key &&
         a.type_class == b.type_class && a.base_oid == b.base_oid &&
         a.base_modifier == b.base_modifier && a.base_kind == b.base_kind &&
         a.collation == b.collation && same(a.words, b.words);
}

bool same(const Relation& a, const Relation& b) {
  return a.id == b.id && a.schema == b.schema && a.table == b.table &&
         a.replica_identity == b.replica_identity && a.is_full_in_part == b.is_full_in_part &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) { return same(x, y); });
}

// As PostgreSQL prints bytea.
std::string as_bytea(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(text.size() + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

// Decodes one block; lives as long as that takes.
class BlockDecoder {
 public:
  BlockDecoder(const log::BlockPtr& block, const DecoderState& before, Sequence from)
      : from_(from),
        is_snapshot_((block->header.flags & log::BlockHeader::kSnapshot) != 0),
        out_(std::make_shared<DecodedBlock>()),
        state_(before) {
    out_->raw = block;
    // What a usual row needs; a guess that saves growing.
    out_->changes.reserve(block->header.record_count);
    places_.reserve(block->header.record_count);
    out_->cells = CellArena(block->header.payload_bytes / kBytesPerCell);
    if (state_.in_transaction) open_part();
  }

  Result<DecodedPtr> run() {
    log::RecordCursor cursor = out_->raw->records();
    Record record;
    while (cursor.next(record)) {
      if (Status taken = take(record); !taken.ok()) {
        return taken.error().prefixed("record " + to_string(record.sequence));
      }
    }
    if (cursor.damaged()) return corrupt("the block's records do not fit it");
    close_part_counts();
    resolve_cells();
    out_->after = state_;
    return DecodedPtr(out_);
  }

 private:
  Status take(const Record& record) {
    if (record.type == RecordType::Relation) return take_relation(record);
    if (record.type == RecordType::Catalog) return take_catalog(record);
    if (record.sequence < from_) return {};
    record_ = record.sequence;
    switch (record.type) {
      case RecordType::Message:
        return take_message(record);
      case RecordType::Begin:
        return take_begin(record);
      case RecordType::Commit:
        return take_commit(record);
      case RecordType::Abandon:
        return take_end(record, TransactionPart::End::Abandon, {});
      case RecordType::Position:
        return {};
      default:
        return invalid("record type " + std::to_string(static_cast<int>(record.type)) +
                       " is of a newer version of slotcast");
    }
  }

  Status take_relation(const Record& record) {
    auto relation = record.payload.size() < 4
                        ? std::nullopt
                        : parse_relation(record.payload.subspan(4), Framing::Whole);
    if (!relation) return corrupt("malformed Relation message");
    const auto catalog = state_.schema->catalogs.find(relation->id.oid);
    if (catalog != state_.schema->catalogs.end()) apply(*catalog->second, *relation);
    const auto known = state_.schema->relations.find(relation->id.oid);
    if (known != state_.schema->relations.end() && same(*known->second, *relation)) return {};
    relation->version = next_relation_version();
    auto schema = std::make_shared<Schema>(*state_.schema);
    schema->relations[relation->id.oid] = std::make_shared<const Relation>(std::move(*relation));
    state_.schema = std::move(schema);
    last_relation_ = nullptr;
    return {};
  }

  Status take_catalog(const Record& record) {
    if (record.payload.size() < 4) return corrupt("malformed Catalog record");
    auto catalog = decode_catalog(record.payload.subspan(4));
    if (!catalog) return corrupt("malformed Catalog record");
    auto schema = std::make_shared<Schema>(*state_.schema);
    schema->catalogs[load_le<std::uint32_t>(record.payload.data())] =
        std::make_shared<const Catalog>(std::move(*catalog));
    state_.schema = std::move(schema);
    return {};
  }

  Status take_begin(const Record& record) {
    const auto begin = parse_begin(record.payload);
    if (!begin || state_.in_transaction) return corrupt("malformed or misplaced Begin");
    state_.in_transaction = true;
    state_.begin = record.sequence;
    state_.transaction = *begin;
    state_.ordinal = 0;
    open_part();
    return {};
  }

  Status take_commit(const Record& record) {
    const auto commit = parse_commit(record.payload);
    if (!commit) return corrupt("malformed Commit");
    return take_end(record, TransactionPart::End::Commit, commit->end_lsn);
  }

  Status take_end(const Record& record, TransactionPart::End end, Lsn end_lsn) {
    if (!state_.in_transaction) return corrupt("an end without a transaction");
    close_part_counts();
    TransactionPart& part = out_->parts.back();
    part.end = end;
    part.end_lsn = end_lsn;
    part.next = record.sequence + 1;
    state_.in_transaction = false;
    return {};
  }

  void open_part() {
    TransactionPart part;
    part.begin = state_.begin;
    part.commit_lsn = state_.transaction.commit_lsn;
    part.commit_time = state_.transaction.commit_time;
    part.first_change = static_cast<std::uint32_t>(out_->changes.size());
    out_->parts.push_back(part);
  }

  void close_part_counts() {
    if (out_->parts.empty() || out_->parts.back().end != TransactionPart::End::Open) return;
    TransactionPart& part = out_->parts.back();
    part.change_count = static_cast<std::uint32_t>(out_->changes.size()) - part.first_change;
  }

  Status take_message(const Record& record) {
    switch (tag_of(record.payload)) {
      case Tag::Insert:
      case Tag::Update:
      case Tag::Delete:
        return take_row(record.payload);
      case Tag::Truncate:
        return take_truncate(record.payload);
      case Tag::Message:
        return take_logical_message(record.payload);
      case Tag::Type:
      case Tag::Origin:
        return {};
      default:
        return corrupt("unknown message '" +
                       std::string(1, static_cast<char>(tag_of(record.payload))) + "'");
    }
  }

  // Rare, and kept out of the way of the rows. Older versions logged those of no transaction as
  // they came, perhaps twice: they are passed over.
  [[gnu::cold]] Status take_logical_message(Bytes payload) {
    const auto message = parse_logical_message(payload, Framing::Whole);
    if (!message) return corrupt("malformed logical message");
    if (is_snapshot_) return take_mark(message->content);
    if (!state_.in_transaction) return {};
    if (message->prefix != kMarkerPrefix) {
      add_message(*message);
    } else if (message->transactional) {
      out_->parts.back().marker = message->content;
    }
    return {};
  }

  void add_message(const LogicalMessage& message) {
    const auto cell_of = [](std::string_view text) {
      return Cell{text.data(), static_cast<std::uint32_t>(text.size()), Cell::Kind::Text};
    };
    const std::uint32_t at = out_->cells.used();
    Cell* const cells = out_->cells.take(2);
    cells[0] = cell_of(message.prefix);
    cells[1] = cell_of(out_->texts.emplace_back(as_bytea(message.content)));
    add(Operation::Message, &message_relation(), at, 2, 0, 0);
  }

  // Of the only table whose rows stand here.
  Status take_mark(std::string_view content) {
    const bool begins = content.starts_with(kResyncBegins);
    const std::string_view words = begins ? kResyncBegins : kResyncEnds;
    if (!content.starts_with(words) || content.size() != words.size() + sizeof(std::uint32_t)) {
      return corrupt("malformed mark of a resync");
    }
    const auto oid = load_be<std::uint32_t>(as_bytes(content).data() + words.size());
    TRY_ASSIGN(const Relation* relation, relation_of({oid}));
    add(begins ? Operation::ResyncBegin : Operation::ResyncEnd, relation, 0, 0, 0, 0);
    return {};
  }

  Result<const Relation*> relation_of(RelationId id) {
    if (last_relation_ != nullptr && last_relation_->id == id) return last_relation_;
    const auto found = state_.schema->relations.find(id.oid);
    if (found == state_.schema->relations.end()) {
      return corrupt("relation " + std::to_string(id.oid) + " was never announced");
    }
    out_->relations.push_back(found->second);
    last_relation_ = found->second.get();
    return last_relation_;
  }

  Status take_row(Bytes message) {
    RowMessage row;
    if (!state_.in_transaction || !parse_row(message, Framing::Whole, out_->cells, row)) {
      return corrupt("malformed or misplaced row message");
    }
    const Relation* relation = last_relation_;
    if (relation == nullptr || relation->id != row.relation) {
      TRY_ASSIGN(relation, relation_of(row.relation));
    }
    const std::size_t columns = relation->columns.size();
    if ((tag_of(message) != Tag::Delete && row.new_count != columns) ||
        (row.old_kind != '\0' && row.old_count != columns)) {
      return corrupt("row of " + relation->full_name() + " has another number of columns");
    }
    if (row.old_kind == 'K' || relation->is_full_in_part) mark_not_sent(row);
    switch (tag_of(message)) {
      case Tag::Insert:
        add(is_snapshot_ ? Operation::Read : Operation::Create, relation, row.new_at, row.new_count,
            0, 0);
        return {};
      case Tag::Delete:
        add(Operation::Delete, relation, row.old_at, row.old_count, 0, 0);
        return {};
      default:
        return take_update(row, relation);
    }
  }

  // An old key comes with NULLs for what is not in it, and has none itself. A partition's rows come
  // as their table's, but with the old key, or the old row, of its own identity.
  void mark_not_sent(const RowMessage& row) {
    for (std::uint32_t i = 0; i < row.old_count; ++i) {
      Cell& cell = out_->cells.data()[row.old_at + i];
      if (cell.is_null()) cell.kind = Cell::Kind::Unchanged;
    }
  }

  // 'K' does not mean that the key changed: the server also sends it when a key column is stored
  // out of line, and then the new row has no value for it. Values decide.
  Status take_update(const RowMessage& row, const Relation* relation) {
    const bool key_changed = row.old_kind != '\0' && fill_from_old(row, *relation);
    if (!key_changed) {
      add(Operation::Update, relation, row.new_at, row.new_count, row.old_at, row.old_count);
      return {};
    }
    add(Operation::Delete, relation, row.old_at, row.old_count, 0, 0);
    add(Operation::Create, relation, row.new_at, row.new_count, row.old_at, row.old_count);
    return {};
  }

  // Takes unchanged cells from the old row where it has them; true when the key differs.
  bool fill_from_old(const RowMessage& row, const Relation& relation) {
    bool key_changed = false;
    const bool whole = row.old_kind == 'O';
    for (std::uint32_t i = 0; i < row.new_count; ++i) {
      const Column& column = relation.columns[i];
      Cell& now = out_->cells.data()[row.new_at + i];
      const Cell& then = out_->cells.data()[row.old_at + i];
      if (then.is_unchanged()) continue;
      if (now.is_unchanged()) {
        now = then;
      } else if ((whole ? column.is_primary_key : column.is_key) &&
                 (now.kind != then.kind || now.text() != then.text())) {
        key_changed = true;
      }
    }
    return key_changed;
  }

  Status take_truncate(Bytes message) {
    const auto truncate = parse_truncate(message, Framing::Whole);
    if (!truncate || !state_.in_transaction) return corrupt("malformed or misplaced Truncate");
    for (const RelationId id : truncate->relations) {
      TRY_ASSIGN(const Relation* relation, relation_of(id));
      add(Operation::Truncate, relation, 0, 0, 0, 0);
    }
    return {};
  }

  // The arena may still move: until resolve_cells() the spans hold offsets instead of addresses.
  void add(Operation operation, const Relation* relation, std::uint32_t row_at,
           std::uint32_t row_count, std::uint32_t old_at, std::uint32_t old_count) {
    Change& change = out_->changes.emplace_back();
    change.operation = operation;
    // Copied rows all stand at one place in the stream: their record tells them apart.
    change.id = {state_.transaction.commit_lsn, is_snapshot_ ? record_.value : ++state_.ordinal};
    change.commit_time = state_.transaction.commit_time;
    change.xid = state_.transaction.xid;
    change.relation = relation;
    places_.push_back({row_at, row_count, old_at, old_count});
  }

  void resolve_cells() {
    const Cell* cells = out_->cells.data();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      out_->changes[i].row = {cells + place.row_at, place.row_count};
      out_->changes[i].old = {cells + place.old_at, place.old_count};
    }
  }

  struct Place {
    std::uint32_t row_at, row_count, old_at, old_count;
  };

  const Sequence from_;
  const bool is_snapshot_;
  Sequence record_;  // the one being taken
  std::shared_ptr<DecodedBlock> out_;
  DecoderState state_;
  std::vector<Place> places_;
  const Relation* last_relation_ = nullptr;
};

}  // namespace

std::size_t DecodedBlock::size_bytes() const {
  std::size_t text_bytes = 0;
  for (const std::string& text : texts) text_bytes += sizeof text + text.capacity();
  return sizeof *this + raw->bytes.capacity() + cells.size_bytes() + text_bytes +
         changes.capacity() * sizeof(Change) + parts.capacity() * sizeof(TransactionPart);
}

Result<DecodedPtr> decode(const log::BlockPtr& block, const DecoderState& before, Sequence from) {
  return BlockDecoder(block, before, from).run();
}

}  // namespace slotcast::pgoutput
