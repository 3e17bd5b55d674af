#include "tests/support/messages.h"

#include "lib/pgoutput/message.h"
#include "tests/support/message_builder.h"

namespace slotcast::test {
namespace {

log::RecordType record_type_of(const Message& message) {
  switch (static_cast<char>(message[0])) {
    case 'B':
      return log::RecordType::Begin;
    case 'C':
      return log::RecordType::Commit;
    default:
      return log::RecordType::Message;
  }
}

}  // namespace

Status append_to(log::Writer& writer, const Message& message) {
  switch (static_cast<char>(message[0])) {
    case 'B':
      return writer.append_begin(message);
    case 'C': {
      const auto commit = pgoutput::parse_commit(message);
      return writer.append_commit(message, commit->end_lsn, commit->commit_time);
    }
    case 'R':
      return writer.append_schema(log::RecordType::Relation,
                                  load_be<std::uint32_t>(message.data() + 1), message);
    default:
      return writer.append_message(message);
  }
}

Message relation_of(std::uint32_t oid, const std::string& schema, const std::string& table,
                    char identity, const std::vector<ColumnSpec>& columns) {
  MessageBuilder message('R');
  message.put(oid).name(schema).name(table).letter(identity);
  message.put(static_cast<std::uint16_t>(columns.size()));
  for (const ColumnSpec& column : columns) {
    message.put(column.flags).name(column.name).put(column.type_oid).put(std::uint32_t{0xFFFFFFFF});
  }
  return message.take();
}

Message insert_of(std::uint32_t oid, const Tuple& now) {
  return MessageBuilder('I').put(oid).letter('N').tuple(now).take();
}

Message update_of(std::uint32_t oid, char old_kind, const Tuple& old, const Tuple& now) {
  MessageBuilder message('U');
  message.put(oid);
  if (old_kind != '-') message.letter(old_kind).tuple(old);
  return message.letter('N').tuple(now).take();
}

Message delete_of(std::uint32_t oid, char old_kind, const Tuple& old) {
  return MessageBuilder('D').put(oid).letter(old_kind).tuple(old).take();
}

Message truncate_of(const std::vector<std::uint32_t>& oids, std::uint8_t options) {
  MessageBuilder message('T');
  message.put(static_cast<std::uint32_t>(oids.size())).put(options);
  for (const std::uint32_t oid : oids) message.put(oid);
  return message.take();
}

Message type_of(std::uint32_t oid, const std::string& schema, const std::string& name) {
  return MessageBuilder('Y').put(oid).name(schema).name(name).take();
}

Message origin_of(Lsn commit_lsn, const std::string& name) {
  return MessageBuilder('O').put(commit_lsn.value).name(name).take();
}

Message logical_message_of(Lsn at, const std::string& prefix, const std::string& content,
                           bool is_transactional) {
  MessageBuilder message('M');
  message.put(static_cast<std::uint8_t>(is_transactional ? 1 : 0)).put(at.value).name(prefix);
  return message.put(static_cast<std::uint32_t>(content.size())).text(content).take();
}

Message streamed(const Message& message, std::uint32_t xid) {
  Message framed(message.begin(), message.begin() + 1);
  framed.resize(5);
  store_be(framed.data() + 1, xid);
  framed.insert(framed.end(), message.begin() + 1, message.end());
  return framed;
}

BlockBuilder& BlockBuilder::add(log::RecordType type, Bytes payload) {
  ByteWriter out(payload_);
  out.put(static_cast<std::uint8_t>(type)).put(static_cast<std::uint32_t>(payload.size()));
  out.put_bytes(payload);
  ++block_.header.record_count;
  return *this;
}

BlockBuilder& BlockBuilder::add_schema(log::RecordType type, std::uint32_t oid, Bytes body) {
  std::vector<std::byte> payload;
  ByteWriter(payload).put(oid).put_bytes(body);
  return add(type, payload);
}

BlockBuilder& BlockBuilder::add_message(const Message& message) {
  if (static_cast<char>(message[0]) == 'R') {
    return add_schema(log::RecordType::Relation, load_be<std::uint32_t>(message.data() + 1),
                      message);
  }
  return add(record_type_of(message), message);
}

log::BlockPtr BlockBuilder::take() {
  block_.header.payload_bytes = static_cast<std::uint32_t>(payload_.size());
  block_.bytes.assign(log::kBlockHeaderBytes, std::byte{});
  block_.bytes.insert(block_.bytes.end(), payload_.begin(), payload_.end());
  return std::make_shared<const log::Block>(std::move(block_));
}

}  // namespace slotcast::test
