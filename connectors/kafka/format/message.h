#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// The messages of some rows, in order: their keys, values and headers lie one behind the other in
// one buffer, which is used again for the next rows.
// Threads: one.
class Messages {
 public:
  // A part of the buffer; null is not empty.
  struct Part {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
    bool is_null = true;
  };
  struct Header {
    const char* name = "";  // lives as long as the program
    Part value;
  };
  enum class Topic : std::uint8_t {
    Table,         // of the row's table
    Transactions,  // where transactions begin and end
  };
  // Which part of a change a message is of: an Update under another key becomes two.
  enum class Half : std::uint8_t { None, Deleted, Created };
  struct Message {
    Topic topic = Topic::Table;
    Half half = Half::None;
    Part key;
    Part value;  // null: a tombstone
    std::uint32_t first_header = 0;
    std::uint32_t headers = 0;
  };

  sink::Buffer& buffer() { return buffer_; }
  // What was appended to the buffer from `at` on.
  Part since(std::size_t at) const {
    return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(buffer_.size() - at), false};
  }

  // Headers belong to the message that was added last.
  void add(const Message& message) {
    list_.push_back(message);
    list_.back().half = half_;
    list_.back().first_header = static_cast<std::uint32_t>(headers_.size());
  }
  // Of the messages that are added from now on.
  void set_half(Half half) { half_ = half; }
  void add_header(const Header& header) {
    headers_.push_back(header);
    ++list_.back().headers;
  }

  const std::vector<Message>& list() const { return list_; }
  const Header& header(std::size_t index) const { return headers_[index]; }
  std::string_view text(const Part& part) const {
    return buffer_.text().substr(part.at, part.size);
  }

  // Forgets the messages from the given ones on.
  void clear() { truncate({}); }
  struct Mark {
    std::size_t bytes = 0, messages = 0, headers = 0;
  };
  Mark mark() const { return {buffer_.size(), list_.size(), headers_.size()}; }
  void truncate(const Mark& mark) {
    buffer_.truncate(mark.bytes);
    list_.resize(mark.messages);
    headers_.resize(mark.headers);
    half_ = Half::None;
  }

 private:
  sink::Buffer buffer_;
  std::vector<Message> list_;
  std::vector<Header> headers_;
  Half half_ = Half::None;
};

}  // namespace slotcast::kafka
