#include "connectors/kafka/format/message_prefix.h"

#include <algorithm>

namespace slotcast::kafka {

Status check_message_prefix(const std::string& wanted) {
  if (wanted.empty()) return invalid("a prefix is empty; \"*\" stands for all");
  if (wanted.find('*') < wanted.size() - 1) {
    return invalid("\"" + wanted + "\": a '*' stands at the end only");
  }
  if (wanted == "slotcast") return invalid("messages of prefix slotcast are slotcast's own");
  return {};
}

bool is_wanted(const std::vector<std::string>& wanted, std::string_view prefix) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
    const bool is_open = each.ends_with('*');
    return is_open ? prefix.starts_with(std::string_view(each).substr(0, each.size() - 1))
                   : prefix == each;
  });
}

}  // namespace slotcast::kafka
