#include "lib/journal/load.h"

namespace slotcast::journal {
namespace {

Result<std::vector<std::byte>> read_all(const io::File& file) {
  TRY_ASSIGN(const std::uint64_t size, file.size());
  std::vector<std::byte> bytes(size);
  TRY(io::read_exactly_at(file, 0, bytes));
  return bytes;
}

Error damaged(const std::string& name, std::uint64_t number, std::uint64_t offset) {
  return corrupt("journal " + name + ": record " + std::to_string(number) + " at offset " +
                 std::to_string(offset) + " is damaged, although it had been synced");
}

}  // namespace

Result<Loaded> load_half(const io::File& file, const std::string& name) {
  TRY_ASSIGN(const auto bytes, read_all(file));
  Loaded loaded;
  const Bytes all(bytes);
  while (loaded.end_bytes < bytes.size()) {
    const Bytes rest = all.subspan(loaded.end_bytes);
    const auto header = decode_record(rest);
    if (!header) break;
    const bool first = loaded.end_bytes == 0;
    if (!first &&
        (header->generation != loaded.generation || header->number != loaded.last_number + 1)) {
      break;
    }
    const auto entry = decode_entry(rest.subspan(kRecordHeaderBytes, header->length));
    if (!entry || first != (entry->kind == EntryKind::Snapshot)) break;
    apply(loaded.states, *entry);
    loaded.usable = true;
    loaded.generation = header->generation;
    loaded.last_number = header->number;
    loaded.end_bytes += header->size_on_disk();
  }
  // Whole records of this or a later generation further on tell how far syncs had come.
  for (std::uint64_t at = loaded.end_bytes; at + kRecordHeaderBytes <= bytes.size();
       at += kRecordAlignment) {
    const auto stray = decode_record(all.subspan(at));
    if (!stray) continue;
    if (loaded.usable && stray->generation == loaded.generation &&
        stray->synced > loaded.last_number) {
      loaded.damage = damaged(name, loaded.last_number + 1, loaded.end_bytes);
      break;
    }
    if (!loaded.usable) {
      loaded.generation = std::max(loaded.generation, stray->generation);
      loaded.last_number = std::max(loaded.last_number, stray->number);
    }
  }
  return loaded;
}

}  // namespace slotcast::journal
