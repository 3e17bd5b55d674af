#include "lib/snapshot/chunk_memory.h"

#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast::snapshot {
namespace {

constexpr const char* kStateName = "chunks";

void read_request_line(const std::string& key, std::istringstream& values, Request& request) {
  std::string word, other;
  if (key == "table" && values >> word >> other) {
    request.schema = from_word(word);
    request.table = from_word(other);
  }
  if (key == "visible" && values >> word) request.visible = from_word(word);
  if (key == "read") request.is_read = true;
  if (key == "resync") request.is_resync = true;
  if (key == "begun") request.is_begun = true;
  if (key == "only") read_words(values, request.only);
  if (key == "except") read_words(values, request.except);
  if (key == "after") read_words(values, request.after);
  if (key == "again") {
    Key again;
    read_words(values, again);
    request.again.insert(std::move(again));
  }
}

void read_line(const std::string& key, std::istringstream& values, ChunkMemory& memory) {
  std::string word;
  if (key == "next_number") values >> memory.next_number;
  if (key == "scanned" && values >> memory.scanned.value >> word) {
    memory.scanned_lsn = parse_lsn(word).value_or(Lsn{});
  }
  if (key == "lost" && values >> word) memory.losses.push_back(from_word(word));
  std::string other;
  if (key == "read_until" && values >> word >> other) {
    memory.read_until[from_word(word)] = parse_lsn(other).value_or(Lsn{});
  }
  if (key == "ready") {
    ReadyChunk ready;
    if (values >> ready.number >> ready.end.value) read_words(values, ready.sinks);
    memory.ready.push_back(std::move(ready));
  }
  if (key == "request") {
    read_words(values, memory.requests.emplace_back().sinks);
  } else if (!memory.requests.empty()) {
    read_request_line(key, values, memory.requests.back());
  }
}

void write_request(std::ostringstream& out, const Request& request) {
  out << "request";
  write_words(out, request.sinks);
  out << "table " << to_word(request.schema) << ' ' << to_word(request.table) << '\n';
  if (!request.visible.empty()) out << "visible " << to_word(request.visible) << '\n';
  if (request.is_read) out << "read\n";
  if (request.is_resync) out << "resync\n";
  if (request.is_begun) out << "begun\n";
  for (const auto& [key, patterns] :
       {std::pair("only", &request.only), {"except", &request.except}}) {
    if (patterns->empty()) continue;
    out << key;
    write_words(out, *patterns);
  }
  if (!request.after.empty()) {
    out << "after";
    write_words(out, request.after);
  }
  for (const Key& key : request.again) {
    out << "again";
    write_words(out, key);
  }
}

}  // namespace

Status write_chunk_memory(io::Directory& state, const ChunkMemory& memory) {
  std::ostringstream out;
  out << "next_number " << memory.next_number << "\nscanned " << memory.scanned.value << ' '
      << to_string(memory.scanned_lsn) << '\n';
  for (const auto& [sink, lsn] : memory.read_until) {
    out << "read_until " << to_word(sink) << ' ' << to_string(lsn) << '\n';
  }
  for (const std::string& loss : memory.losses) out << "lost " << to_word(loss) << '\n';
  for (const ReadyChunk& ready : memory.ready) {
    out << "ready " << ready.number << ' ' << ready.end.value;
    write_words(out, ready.sinks);
  }
  for (const Request& request : memory.requests) write_request(out, request);
  return io::write_state_file(state, kStateName, out.str());
}

Result<ChunkMemory> read_chunk_memory(io::Directory& state) {
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  ChunkMemory memory;
  if (!text) return memory;
  TRY(read_lines(kStateName, *text, [&](const std::string& key, std::istringstream& values) {
    read_line(key, values, memory);
  }));
  return memory;
}

}  // namespace slotcast::snapshot
