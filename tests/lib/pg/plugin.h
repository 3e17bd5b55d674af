#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/lib/pg/source.h"

// What the server's own output plugin sends, as bytes.

namespace slotcast::pg::test {

using PluginMessage = std::vector<std::byte>;

inline PluginMessage message_of(const std::string& hexadecimal) {
  PluginMessage bytes;
  for (std::size_t i = 2; i + 1 < hexadecimal.size(); i += 2) {  // behind "\x"
    bytes.push_back(static_cast<std::byte>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// The messages of one kind of the slot `s` and the publication `p`.
inline std::set<PluginMessage> sent_by_plugin(Connection& connection, char tag) {
  std::set<PluginMessage> messages;
  const auto rows = must(connection.query(
      "SELECT data FROM pg_logical_slot_peek_binary_changes('s', NULL, NULL, 'proto_version', '1',"
      " 'publication_names', 'p')"));
  for (const auto& row : rows) {
    PluginMessage message = message_of(row[0].value_or(""));
    if (static_cast<char>(message[0]) == tag) messages.insert(std::move(message));
  }
  return messages;
}

}  // namespace slotcast::pg::test
