#include "lib/capture/narrowing_memory.h"

#include <sstream>
#include <vector>

#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast::capture {
namespace {

constexpr const char* kStateName = "pushdown";

}  // namespace

Status NarrowingMemory::load() {
  if (is_loaded_) return {};
  TRY_ASSIGN(const auto text, io::read_state_file(state_, kStateName));
  const auto take = [&](const std::string& key, std::istringstream& values) {
    std::vector<std::string> words;
    snapshot::read_words(values, words);
    if (key != "table" || words.size() != 6) return values.setstate(std::ios::failbit);
    tables_[words[0]] = {{words[1], words[2]}, {words[3], words[4]}, words[5]};
  };
  TRY(snapshot::read_lines(kStateName, text.value_or(""), take));
  is_loaded_ = true;
  return {};
}

Status NarrowingMemory::write() const {
  std::ostringstream out;
  for (const auto& [name, known] : tables_) {
    out << "table";
    snapshot::write_words(
        out, std::vector<std::string>{name, known.asked.columns, known.asked.filter,
                                      known.got.columns, known.got.filter, known.clauses});
  }
  return io::write_state_file(state_, kStateName, out.str());
}

const NarrowingMemory::Known* NarrowingMemory::find(const std::string& name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

Status NarrowingMemory::remember(const std::string& name, const Known& known) {
  const auto before = tables_.find(name);
  if (before != tables_.end() && before->second == known) return {};
  tables_[name] = known;
  return write();
}

Status NarrowingMemory::forget(const std::string& name) {
  return tables_.erase(name) == 0 ? Status() : write();
}

Status NarrowingMemory::keep_only(const std::set<std::string>& names) {
  const auto gone =
      std::erase_if(tables_, [&](const auto& known) { return names.count(known.first) == 0; });
  return gone > 0 ? write() : Status();
}

}  // namespace slotcast::capture
