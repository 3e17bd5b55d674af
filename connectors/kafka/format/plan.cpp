#include "connectors/kafka/format/plan.h"

#include <algorithm>

#include "connectors/kafka/format/avro_value.h"
#include "connectors/kafka/format/json_value.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kVersionsMax = 20'000;

// With FULL all columns are sent to find a row, and the primary key tells rows apart; so it does
// with NOTHING, of which only INSERTs come.
bool is_of_key(const Relation& relation, const Column& column) {
  const char identity = relation.replica_identity;
  return identity == 'f' || identity == 'n' ? column.is_primary_key : column.is_key;
}

// Partitions may have other keys than their table.
bool is_never_null(const Relation& relation, const Column& column) {
  return is_of_key(relation, column) && !relation.is_full_in_part;
}

void find_key(const Relation& relation, Plan& plan) {
  const auto& columns = relation.columns;
  for (std::uint32_t i = 0; plan.wanted_key == nullptr && i < columns.size(); ++i) {
    if (is_of_key(relation, columns[i])) plan.key.push_back(i);
  }
  if (plan.wanted_key == nullptr) return;
  for (const std::string& name : *plan.wanted_key) {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& each) { return each.name == name; });
    if (found == columns.end()) {
      plan.fault = invalid(relation.full_name() + ": there is no column " + name +
                           ", which is part of the key that messages should have");
      return;
    }
    plan.key.push_back(static_cast<std::uint32_t>(found - columns.begin()));
  }
}

// Names from a session with client_encoding UTF8 are valid.
void append_name(Buffer& out, std::string_view name) {
  if (!sink::append_json_string(out, name)) out.append("\"?\"");
}

Plan::Fragment since(const Buffer& out, std::size_t at) {
  return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(out.size() - at)};
}

// Avro cannot leave a value out. There a marker is one of a union, like any other value.
std::string marker_of(const ValueType& type, const FormatOptions& options) {
  if (options.format == Format::Avro) {
    const std::string marker = avro_marker(type);
    return marker.empty() ? marker : '\2' + marker;
  }
  return options.unchanged == Unchanged::Marker ? json_marker(type) : "";
}

void make_fields(const Relation& relation, const FormatOptions& options, Plan& plan) {
  Buffer text;
  for (const Column& column : relation.columns) {
    Plan::Field field;
    field.type = value_type_of(column, options);
    field.is_never_null = is_never_null(relation, column);
    std::size_t at = text.size();
    text.append(',');
    append_name(text, column.name);
    text.append(':');
    field.name = since(text, at);
    at = text.size();
    text.append(marker_of(field.type, options));
    field.marker = since(text, at);
    plan.fields.push_back(std::move(field));
  }
  plan.room = text.size() + relation.columns.size() * kJsonValueBytes + sink::kPutSlack;
  const std::size_t at = text.size();
  text.append("\"schema\":");
  append_name(text, relation.schema);
  text.append(",\"table\":");
  append_name(text, relation.table);
  plan.names = since(text, at);
  plan.text = std::string(text.text()) + std::string(sink::kPutSlack, ' ');
}

std::unique_ptr<Plan> make_plan(const Item& item, const FormatOptions& options) {
  auto plan = std::make_unique<Plan>();
  const Relation& relation = *item.change->relation;
  plan->version = relation.version;
  plan->topic = item.topic;
  plan->wanted_key = item.key;
  find_key(relation, *plan);
  make_fields(relation, options, *plan);
  return plan;
}

}  // namespace

const Plan& Plans::find(const Item& item) {
  if (known_.size() >= kVersionsMax) known_.clear();
  auto& variants = known_[item.change->relation->version];
  const auto found = std::find_if(variants.begin(), variants.end(), [&](const auto& each) {
    return each->topic == item.topic && each->wanted_key == item.key;
  });
  if (found != variants.end()) {
    last_ = found->get();
    return *last_;
  }
  variants.push_back(make_plan(item, options_));
  if (complete_) complete_(item, *variants.back());
  last_ = variants.back().get();
  return *last_;
}

}  // namespace slotcast::kafka
