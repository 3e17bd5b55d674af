#include "tests/support/kafka_rows.h"

#include <map>
#include <sstream>

namespace slotcast::test {
namespace {

struct Known {
  std::uint32_t oid;
  TypeClass type_class = TypeClass::Text;
};

// As format_type() prints them.
const std::map<std::string, Known>& known_types() {
  static const std::map<std::string, Known> all = {
      {"boolean", {16, TypeClass::Boolean}},
      {"bytea", {17}},
      {"\"char\"", {18}},
      {"bigint", {20, TypeClass::Integer}},
      {"smallint", {21, TypeClass::Integer}},
      {"integer", {23, TypeClass::Integer}},
      {"text", {25}},
      {"oid", {26, TypeClass::Integer}},
      {"json", {114, TypeClass::Json}},
      {"xml", {142}},
      {"point", {600}},
      {"box", {603}},
      {"real", {700, TypeClass::Float}},
      {"double precision", {701, TypeClass::Float}},
      {"money", {790}},
      {"inet", {869}},
      {"character", {1042}},
      {"character varying", {1043}},
      {"date", {1082}},
      {"time", {1083}},
      {"timestamp", {1114}},
      {"timestamptz", {1184}},
      {"interval", {1186}},
      {"timetz", {1266}},
      {"bit", {1560}},
      {"bit varying", {1562}},
      {"numeric", {1700, TypeClass::Decimal}},
      {"uuid", {2950}},
      {"tsvector", {3614}},
      {"jsonb", {3802, TypeClass::Json}},
      {"int4range", {3904}},
      {"boolean[]", {1000}},
      {"bytea[]", {1001}},
      {"bigint[]", {1016}},
      {"smallint[]", {1005}},
      {"integer[]", {1007}},
      {"text[]", {1009}},
      {"box[]", {1020}},
      {"json[]", {199}},
      {"point[]", {1017}},
      {"real[]", {1021}},
      {"double precision[]", {1022}},
      {"date[]", {1182}},
      {"time[]", {1183}},
      {"timestamp[]", {1115}},
      {"timestamptz[]", {1185}},
      {"interval[]", {1187}},
      {"bit[]", {1561}},
      {"numeric[]", {1231}},
      {"uuid[]", {2951}},
      {"int4range[]", {3905}},
  };
  return all;
}

constexpr std::uint32_t kFirstOfUsers = 16'384;

// "numeric(10,2)[]" is "numeric[]" with a modifier.
std::int32_t take_modifier(std::string& type) {
  const std::size_t open = type.find('(');
  if (open == std::string::npos) return type == "bit" ? 1 : -1;
  const std::size_t close = type.find(')');
  const std::string inside = type.substr(open + 1, close - open - 1);
  type.erase(open, close - open + 1);
  const int first = std::stoi(inside);
  if (!type.starts_with("numeric")) return first;
  const std::size_t comma = inside.find(',');
  const int scale = comma == std::string::npos ? 0 : std::stoi(inside.substr(comma + 1));
  return ((first << 16) | (scale & 0x7ff)) + 4;
}

Column column_of(const TypedColumn& typed, std::uint32_t own_oid) {
  Column column;
  column.name = typed.name;
  column.is_key = column.is_primary_key = typed.is_key;
  std::string type = typed.type;
  column.type_modifier = column.base_modifier = take_modifier(type);
  const auto known = known_types().find(type);
  column.type_oid = column.base_oid = known == known_types().end() ? own_oid : known->second.oid;
  if (known != known_types().end()) column.type_class = known->second.type_class;
  if (!typed.labels.empty()) column.base_kind = 'e';
  column.words = std::make_shared<const TypeWords>(TypeWords{type, typed.labels});
  return column;
}

}  // namespace

TypedColumn typed_column(const std::string& type) {
  const std::size_t brace = type.find('{');
  TypedColumn column{"v", type.substr(0, brace), false, {}};
  if (brace == std::string::npos) return column;
  std::istringstream labels(type.substr(brace + 1, type.size() - brace - 2));
  for (std::string label; std::getline(labels, label, ',');) column.labels.push_back(label);
  return column;
}

kafka::FormatOptions kafka_options(const std::string& words, kafka::FormatOptions usual) {
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    if (word == "schema=true") usual.schema = true;
    if (word == "decimals=string") usual.decimals = kafka::Decimals::String;
    if (word == "decimals=double") usual.decimals = kafka::Decimals::Double;
    if (word == "times=iso") usual.times = kafka::Times::Iso;
    if (word == "times=connect") usual.times = kafka::Times::Connect;
    if (word == "binary=hex") usual.binary = kafka::Binary::Hex;
  }
  return usual;
}

Relation make_typed_relation(const std::string& table, const std::vector<TypedColumn>& columns,
                             char replica_identity) {
  Relation relation = make_relation("public", table, {}, replica_identity);
  std::uint32_t own_oid = kFirstOfUsers;
  for (const TypedColumn& typed : columns) {
    relation.columns.push_back(column_of(typed, own_oid++));
    Column& column = relation.columns.back();
    column.is_key = replica_identity == 'f' || (column.is_key && replica_identity != 'n');
  }
  return relation;
}

std::string printed(const kafka::Messages& messages, std::size_t index) {
  const auto part = [&](const kafka::Messages::Part& one) {
    return one.is_null ? std::string("-") : std::string(messages.text(one));
  };
  const kafka::Messages::Message& message = messages.list()[index];
  std::string line = message.topic == kafka::Messages::Topic::Transactions ? "tx: " : "";
  line += part(message.key) + " | " + part(message.value);
  for (std::uint32_t i = 0; i < message.headers; ++i) {
    const auto& header = messages.header(message.first_header + i);
    line += std::string(" | ") + header.name + "=" + part(header.value);
  }
  return line;
}

std::vector<std::string> printed(const kafka::Messages& messages) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < messages.list().size(); ++i) lines.push_back(printed(messages, i));
  return lines;
}

}  // namespace slotcast::test
