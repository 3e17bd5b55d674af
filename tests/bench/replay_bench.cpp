// Three steps of a row's way, each alone and without a server: framing and checksum as the log's
// writer does them, the decoder, and the JSON encoder, over W1-like transactions (five inserts,
// four updates, one delete; ten columns, some 190 bytes). Not in it: the ring, the files, the
// branch.
//
//     slotcast_bench log|decode|json|all ROWS     one step alone, or all; for callgrind
//     slotcast_bench allocations                  0 when a warm step allocates nothing per row
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include "lib/base/crc32c.h"
#include "lib/log/block.h"
#include "lib/pgoutput/decoder.h"
#include "lib/sink/encode/json_row.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace slotcast {
namespace {

class Message {
 public:
  explicit Message(char tag) { bytes_.push_back(static_cast<std::byte>(tag)); }
  template <class T>
  Message& put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store_be(bytes_.data() + at, value);
    return *this;
  }
  Message& text(const std::string& value) {
    for (const char c : value) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  Message& c_string(const std::string& value) { return text(value).put(std::uint8_t{0}); }
  Message& cell(const std::string& value) {
    return put(std::uint8_t{'t'}).put(static_cast<std::uint32_t>(value.size())).text(value);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

constexpr std::uint32_t kRelation = 16384;

std::vector<std::byte> relation() {
  const std::pair<const char*, std::uint32_t> columns[] = {
      {"id", 20},        {"customer", 20}, {"name", 25},         {"note", 25},    {"price", 1700},
      {"changed", 1184}, {"active", 16},   {"attributes", 3802}, {"token", 2950}, {"quantity", 23}};
  Message message('R');
  message.put(kRelation).c_string("public").c_string("w1").put(std::uint8_t{'d'});
  message.put(std::uint16_t{10});
  for (const auto& [name, type] : columns) {
    message.put(static_cast<std::uint8_t>(type == 20)).c_string(name).put(type);
    message.put(std::uint32_t{0xFFFFFFFF});
  }
  return message.bytes();
}

void put_tuple(Message& message, std::uint64_t id) {
  message.put(std::uint16_t{10});
  message.cell(std::to_string(id)).cell(std::to_string(id * 7919 % 100000));
  message.cell("customer name " + std::to_string(id % 1000));
  message.cell("a note of usual length, number " + std::to_string(id));
  message.cell("1234.37").cell("2026-11-21 06:50:00.123456+00").cell("t");
  message.cell("{\"size\": 3, \"colour\": \"blue\"}");
  message.cell("4f9f3b1e-66a1-4f7d-b8cf-0d3c5c0c5a11").cell(std::to_string(id % 50));
}

std::vector<std::byte> row(std::uint64_t number) {
  const std::uint64_t kind = number % 10;
  if (kind == 9) {
    Message message('D');
    message.put(kRelation).put(std::uint8_t{'K'}).put(std::uint16_t{10});
    message.cell(std::to_string(number)).cell("1");
    for (int i = 0; i < 8; ++i) message.put(std::uint8_t{'n'});
    return message.bytes();
  }
  Message message(kind < 5 ? 'I' : 'U');
  message.put(kRelation).put(std::uint8_t{'N'});
  put_tuple(message, number);
  return message.bytes();
}

void put_record(std::vector<std::byte>& block, log::RecordType type, Bytes payload) {
  const std::size_t at = block.size();
  block.resize(at + log::kRecordHeaderBytes + payload.size());
  block[at] = static_cast<std::byte>(type);
  store_le(block.data() + at + 1, static_cast<std::uint32_t>(payload.size()));
  std::memcpy(block.data() + at + log::kRecordHeaderBytes, payload.data(), payload.size());
}

// A block's records, as the server's messages came.
struct Input {
  std::vector<std::pair<log::RecordType, std::vector<std::byte>>> records;
  std::uint64_t rows = 0;
};

Input make_input() {
  Input input;
  std::vector<std::byte> schema(4);
  store_le(schema.data(), kRelation);
  const auto announced = relation();
  schema.insert(schema.end(), announced.begin(), announced.end());
  input.records.emplace_back(log::RecordType::Relation, schema);
  std::size_t bytes = 0;
  for (std::uint64_t transaction = 1; bytes < log::kBlockPayloadTarget; ++transaction) {
    const std::uint64_t lsn = 0x1000000 + transaction * 0x1000;
    Message begin('B'), commit('C');
    begin.put(lsn).put(std::uint64_t{848000000000000}).put(static_cast<std::uint32_t>(transaction));
    commit.put(std::uint8_t{0}).put(lsn).put(lsn + 48).put(std::uint64_t{848000000000000});
    input.records.emplace_back(log::RecordType::Begin, begin.bytes());
    for (int i = 0; i < 10; ++i) {
      input.records.emplace_back(log::RecordType::Message, row(input.rows++));
      bytes += input.records.back().second.size();
    }
    input.records.emplace_back(log::RecordType::Commit, commit.bytes());
  }
  return input;
}

// What the writer does with a block: frame, checksum, header.
log::BlockPtr write_block(const Input& input, std::vector<std::byte>& space) {
  space.resize(log::kBlockHeaderBytes);
  for (const auto& [type, payload] : input.records) put_record(space, type, payload);
  log::BlockHeader header;
  header.epoch = 1;
  header.number = 1;
  header.first_record = {1};
  header.record_count = static_cast<std::uint32_t>(input.records.size());
  header.payload_bytes = static_cast<std::uint32_t>(space.size() - log::kBlockHeaderBytes);
  header.payload_crc = crc32c(Bytes(space).subspan(log::kBlockHeaderBytes));
  encode(header, space.data());
  auto block = std::make_shared<log::Block>();
  block->header = header;
  block->bytes = space;
  return block;
}

void encode_rows(const pgoutput::DecodedBlock& block, sink::JsonRowEncoder& encoder,
                 sink::Buffer& out) {
  out.clear();
  for (const Change& change : block.changes) {
    if (!encoder.append(change, out).ok()) std::abort();
  }
}

struct Steps {
  bool log, decode, json;
};

// Returns the rows done.
std::uint64_t run(const Steps& steps, std::uint64_t rows_wanted) {
  const Input input = make_input();
  std::vector<std::byte> space;
  log::BlockPtr block = write_block(input, space);
  sink::JsonRowEncoder encoder;
  sink::Buffer out;
  const pgoutput::DecoderState start;
  auto decoded = pgoutput::decode(block, start, {0}).value();
  std::uint64_t rows = 0;
  for (; rows < rows_wanted; rows += input.rows) {
    if (steps.log) {
      space.clear();
      block = write_block(input, space);
    }
    if (steps.decode) decoded = pgoutput::decode(block, start, {0}).value();
    if (steps.json) encode_rows(*decoded, encoder, out);
  }
  return rows;
}

// A block may allocate for itself; its rows may not.
int count_allocations() {
  const Input input = make_input();
  std::vector<std::byte> space;
  const log::BlockPtr block = write_block(input, space);
  sink::JsonRowEncoder encoder;
  sink::Buffer out;
  const pgoutput::DecoderState known = pgoutput::decode(block, {}, {0}).value()->after;
  encode_rows(*pgoutput::decode(block, known, {0}).value(), encoder, out);
  const std::uint64_t before = allocations;
  encode_rows(*pgoutput::decode(block, known, {0}).value(), encoder, out);
  const std::uint64_t made = allocations - before;
  std::printf("%llu allocations for a block of %llu rows\n", static_cast<unsigned long long>(made),
              static_cast<unsigned long long>(input.rows));
  return made * 10 > input.rows ? 1 : 0;
}

}  // namespace
}  // namespace slotcast

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "all";
  if (what == "allocations") return slotcast::count_allocations();
  const bool all = what == "all";
  const std::uint64_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100000;
  const std::uint64_t done =
      slotcast::run({all || what == "log", all || what == "decode", all || what == "json"}, rows);
  std::printf("%llu rows\n", static_cast<unsigned long long>(done));
  return 0;
}
