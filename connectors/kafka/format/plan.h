#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/value_type.h"

namespace slotcast::kafka {

// An Avro schema, and its number once that was asked for.
struct SchemaId {
  std::string text;
  std::optional<std::int32_t> id;
};

// What is the same for all messages of a relation version in one topic.
struct Plan {
  // A part of `text`.
  struct Fragment {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct Field {
    ValueType type;
    Fragment name;    // ,"name":
    Fragment marker;  // for a value that was not sent, in the format; empty: there is none
    // Of what is sent in every row, of which it is known that it has no NULLs: the stream does not
    // tell NOT NULL, but the columns of a key are.
    bool is_never_null = false;
  };

  std::uint64_t version = 0;
  const std::string* topic = nullptr;
  const std::vector<std::string>* wanted_key = nullptr;

  std::vector<Field> fields;
  // Columns of the key in its order; empty: messages have none.
  std::vector<std::uint32_t> key;
  std::string text;            // all fragments, with some bytes behind them that may be read
  Fragment names;              // "schema":"public","table":"t"
  std::size_t room = 0;        // that all names and markers take, and values beside their texts
  std::optional<Error> fault;  // why none of the table can be written

  // What stands before a key and an event, or in the middle of one, where that is long: made once,
  // by the format.
  std::string before_key;
  std::string before_event;

  // Of Avro; the numbers are found when they are needed.
  mutable SchemaId key_schema;
  mutable SchemaId event_schema;

  std::string_view fragment(const Fragment& one) const {
    return std::string_view(text).substr(one.at, one.size);
  }
};

// Of all tables. Threads: one.
class Plans {
 public:
  // What a format adds to a plan when it is made.
  using Complete = std::function<void(const Item& item, Plan& plan)>;

  explicit Plans(const FormatOptions& options, Complete complete = {})
      : options_(options), complete_(std::move(complete)) {}

  // Valid until the next call.
  const Plan& of(const Item& item) {
    const Plan* const last = last_;
    if (last != nullptr && last->version == item.change->relation->version &&
        last->topic == item.topic && last->wanted_key == item.key) {
      return *last;
    }
    return find(item);
  }

 private:
  const Plan& find(const Item& item);

  const FormatOptions options_;
  const Complete complete_;
  // By relation version; a table may be sent to several topics.
  std::unordered_map<std::uint64_t, std::vector<std::unique_ptr<Plan>>> known_;
  const Plan* last_ = nullptr;
};

}  // namespace slotcast::kafka
