#pragma once

#include "lib/base/bytes.h"
#include "tests/support/messages.h"

// Puts a message of pgoutput together, field by field, in network byte order.

namespace slotcast::test {

class MessageBuilder {
 public:
  explicit MessageBuilder(char tag) { letter(tag); }
  template <class T>
  MessageBuilder& put(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    store_be(bytes_.data() + at, value);
    return *this;
  }
  MessageBuilder& letter(char value) { return put(static_cast<std::uint8_t>(value)); }
  MessageBuilder& text(const std::string& value) {
    const Bytes bytes = as_bytes(value);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  MessageBuilder& name(const std::string& value) { return text(value).letter('\0'); }
  MessageBuilder& cell(const std::string& value) {
    return letter('t').put(static_cast<std::uint32_t>(value.size())).text(value);
  }
  MessageBuilder& tuple(const Tuple& cells) {
    put(static_cast<std::uint16_t>(cells.size()));
    for (const TupleCell& one : cells) one.kind == 't' ? cell(one.text) : letter(one.kind);
    return *this;
  }
  Message take() { return std::move(bytes_); }

 private:
  Message bytes_;
};

}  // namespace slotcast::test
