#include "lib/snapshot/memory.h"

#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast::snapshot {
namespace {

constexpr const char* kStateName = "snapshot";

void read_line(const std::string& key, std::istringstream& values, Memory& memory) {
  std::string word, other;
  if (key == "phase") memory.is_done = values >> word && word == "done";
  if (key == "point" && values >> word) memory.point = parse_lsn(word).value_or(Lsn{});
  if (key == "time") values >> memory.time.microseconds;
  if (key == "visible") values >> memory.visible;
  if (key == "sink" && values >> word) memory.sinks.push_back(from_word(word));
  if (key == "interrupted") memory.is_interrupted = true;
  if (key == "again") {
    std::uint32_t oid = 0;
    if (values >> oid) memory.again.insert(oid);
  }
  if (key == "table") {
    Memory::Table table;
    values >> table.oid >> word >> other;
    table.schema = from_word(word);
    table.table = from_word(other);
    memory.tables.push_back(std::move(table));
  }
  if (key == "part" && !memory.tables.empty()) {
    Memory::Part part;
    values >> part.oid >> part.file >> part.pages >> part.pages_per_range >> part.bytes;
    memory.tables.back().parts.push_back(part);
  }
}

}  // namespace

Status write_memory(io::Directory& state, const Memory& memory) {
  std::ostringstream out;
  out << "phase " << (memory.is_done ? "done" : "copying") << "\npoint " << to_string(memory.point)
      << "\ntime " << memory.time.microseconds << "\nvisible " << memory.visible << '\n';
  for (const std::string& sink : memory.sinks) out << "sink " << to_word(sink) << '\n';
  if (memory.is_interrupted) out << "interrupted\n";
  for (const std::uint32_t oid : memory.again) out << "again " << oid << '\n';
  for (const Memory::Table& table : memory.tables) {
    out << "table " << table.oid << ' ' << to_word(table.schema) << ' ' << to_word(table.table)
        << '\n';
    for (const Memory::Part& part : table.parts) {
      out << "part " << part.oid << ' ' << part.file << ' ' << part.pages << ' '
          << part.pages_per_range << ' ' << part.bytes << '\n';
    }
  }
  return io::write_state_file(state, kStateName, out.str());
}

Result<std::optional<Memory>> read_memory(io::Directory& state) {
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  if (!text) return std::optional<Memory>();
  Memory memory;
  TRY(read_lines(kStateName, *text, [&](const std::string& key, std::istringstream& values) {
    read_line(key, values, memory);
  }));
  return std::optional<Memory>(std::move(memory));
}

}  // namespace slotcast::snapshot
