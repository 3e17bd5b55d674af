#include "connectors/kafka/format/hstore.h"

#include "lib/sink/encode/json_text.h"

namespace slotcast::kafka {
namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// Without its backslashes, in the scratch.
bool take_quoted(std::string_view& text, sink::Buffer& scratch) {
  scratch.clear();
  if (!take(text, "\"")) return false;
  for (;;) {
    const std::size_t stop = text.find_first_of("\"\\");
    if (stop == std::string_view::npos) return false;
    scratch.append(text.substr(0, stop));
    const bool is_end = text[stop] == '"';
    text.remove_prefix(stop + 1);
    if (is_end) return true;
    if (text.empty()) return false;
    scratch.append(text[0]);
    text.remove_prefix(1);
  }
}

}  // namespace

bool append_hstore(sink::Buffer& out, std::string_view text, sink::Buffer& scratch) {
  out.append('{');
  for (bool is_first = true; !text.empty(); is_first = false) {
    if (!is_first && !take(text, ", ")) return false;
    if (!is_first) out.append(',');
    if (!take_quoted(text, scratch) || !sink::append_json_string(out, scratch.text())) return false;
    if (!take(text, "=>")) return false;
    out.append(':');
    if (take(text, "NULL")) {
      out.append("null");
    } else if (!take_quoted(text, scratch) || !sink::append_json_string(out, scratch.text())) {
      return false;
    }
  }
  out.append('}');
  return true;
}

}  // namespace slotcast::kafka
