#include "tests/support/letters.h"

namespace slotcast::test {
namespace {

constexpr TypeClass kClasses[] = {TypeClass::Text,    TypeClass::Boolean, TypeClass::Integer,
                                  TypeClass::Decimal, TypeClass::Float,   TypeClass::Json};
constexpr Operation kOperations[] = {Operation::Create, Operation::Update, Operation::Delete,
                                     Operation::Read, Operation::Truncate};

template <class T, std::size_t count>
const T& pick(const T (&from)[count], Random& random) {
  return from[random.next() % count];
}

std::string some_text(Random& random) {
  const char* const kPieces[] = {"a",  "value ", "\"",     "\\",     "\\x", "\n",         "\x01",
                                 "\t", "{}",     "\u00e9", "\u20ac", "/",   "\U0001F600", "null"};
  std::string text;
  for (std::uint64_t pieces = random.next() % 6; pieces > 0; --pieces)
    text += pick(kPieces, random);
  if (random.next() % 8 == 0) text += static_cast<char>(0x80 + random.next() % 0x80);
  return text;
}

// What a catalog may say, often that the type is its own base.
void tell(Column& column, Random& random) {
  const bool is_plain = random.next() % 2 == 0;
  column.base_oid = is_plain ? column.type_oid : static_cast<std::uint32_t>(random.next());
  column.base_modifier = is_plain ? column.type_modifier : static_cast<std::int32_t>(random.next());
  column.base_kind = pick({'b', 'e', 'c', 'r'}, random);
  column.collation =
      pick({Collation::None, Collation::Bytes, Collation::Equality, Collation::Forbidden}, random);
  TypeWords words{some_text(random), {}};
  for (std::uint64_t i = random.next() % 4; i > 0; --i) {
    words.enum_labels.push_back(some_text(random));
  }
  column.words = std::make_shared<const TypeWords>(std::move(words));
}

}  // namespace

void SomeLetter::make_relation(Random& random) {
  relation_.version = next_relation_version();
  relation_.id = {static_cast<std::uint32_t>(random.next())};
  relation_.schema = some_text(random);
  relation_.table = some_text(random);
  relation_.replica_identity = pick({'d', 'n', 'f', 'i'}, random);
  relation_.is_full_in_part = random.next() % 4 == 0;
  for (std::uint64_t i = random.next() % 6; i > 0; --i) {
    Column column;
    column.name = some_text(random) + std::to_string(i);  // no two have one name
    column.type_oid = static_cast<std::uint32_t>(random.next());
    column.type_modifier = static_cast<std::int32_t>(random.next());
    column.is_key = random.next() % 2 == 0;
    column.is_primary_key = random.next() % 2 == 0;
    column.type_class = pick(kClasses, random);
    if (random.next() % 3 != 0) tell(column, random);
    relation_.columns.push_back(column);
  }
}

std::vector<Cell> SomeLetter::some_cells(Random& random) {
  std::vector<Cell> cells(random.next() % 4 == 0 ? 0 : relation_.columns.size());
  for (Cell& cell : cells) {
    cell.kind = pick({Cell::Kind::Null, Cell::Kind::Unchanged, Cell::Kind::Text}, random);
    if (cell.kind != Cell::Kind::Text) continue;
    const std::string& text = texts_.emplace_back(some_text(random));
    cell.data = text.data();
    cell.size = static_cast<std::uint32_t>(text.size());
  }
  return cells;
}

SomeLetter::SomeLetter(Random& random) {
  make_relation(random);
  row_ = some_cells(random);
  old_ = some_cells(random);
  change_.operation = pick(kOperations, random);
  change_.id = {{random.next()}, random.next() >> 1};
  // Years 2000 to 2090.
  change_.commit_time = {static_cast<std::int64_t>(random.next() % 2'840'000'000'000'000)};
  change_.xid = static_cast<std::uint32_t>(random.next());
  change_.relation = &relation_;
  change_.row = row_;
  change_.old = old_;
  route_ = some_text(random);
  target_ = some_text(random);
  error_ = some_text(random);
  letter_ = {&change_,
             random.next() >> 1,
             route_,
             target_,
             "22P02",
             error_,
             WallTime(std::chrono::microseconds(random.next() % 3'000'000'000'000'000))};
}

}  // namespace slotcast::test
