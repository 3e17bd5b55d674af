#include <array>

#include "lib/sql/call_nodes.h"
#include "lib/sql/overload.h"
#include "lib/sql/resolver.h"
#include "lib/sql/value_nodes.h"

namespace slotcast::sql {
namespace {

std::vector<Kind> kinds_of(const std::vector<Typed>& typed) {
  std::vector<Kind> kinds;
  for (const Typed& each : typed) kinds.push_back(each.type.kind);
  return kinds;
}

std::string names_of(const std::vector<Typed>& typed, const char* between) {
  std::string names;
  for (const Typed& each : typed) {
    if (!names.empty()) names += between;
    names += name_of(each.type);
  }
  return names;
}

// What makes of a literal's family of signs the one that the tables have.
std::string_view plain_sign(std::string_view sign) {
  return sign == "!=" ? "<>" : sign;
}

// PostgreSQL knows these signs for types that are not here, and cannot choose by a literal.
bool has_more_in_postgresql(std::string_view sign, const std::vector<Typed>& arguments) {
  std::size_t literals = 0;
  bool has_date = false;
  for (const Typed& each : arguments) {
    literals += each.type.kind == Kind::Unknown ? 1 : 0;
    has_date = has_date || each.type.kind == Kind::Date;
  }
  if (sign == "+") return literals == 1 && has_date;
  return literals == arguments.size() && (sign == "*" || sign == "/" || sign == "-");
}

bool lower_ascii(Frame& frame, const Value* arguments, Value& result) {
  const std::string_view text = arguments[0].text;
  char* room = frame.room(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    room[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  }
  result = Value::of_text({room, text.size()});
  return true;
}

bool upper_ascii(Frame& frame, const Value* arguments, Value& result) {
  const std::string_view text = arguments[0].text;
  char* room = frame.room(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    room[i] = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 32) : text[i];
  }
  result = Value::of_text({room, text.size()});
  return true;
}

// Collation "C" knows no letters but those of ASCII.
Call call_for(const Function& function, Collation collation) {
  if (collation != Collation::Bytes) return function.call;
  if (function.name == "lower") return lower_ascii;
  if (function.name == "upper") return upper_ascii;
  return function.call;
}

}  // namespace

// Arguments that are all constants give a constant; what it fails with, every row would.
Result<Typed> Resolver::fold(Typed typed, bool is_constant) {
  typed.is_constant = false;
  if (!is_constant) return typed;
  static const Change none;
  Frame frame;
  Context context{frame, none, {}};
  Value value;
  if (typed.node->evaluate(context, value) != Outcome::Ok) {
    return refuse(typed.offset, frame.message());
  }
  Typed folded = constant(typed.type, value, typed.offset);
  folded.has_chosen_collation = typed.has_chosen_collation;
  return folded;
}

Status Resolver::give_arguments_their_types(const Function& function,
                                            std::vector<Typed>& arguments) {
  // An enum's own type is that of the argument which has one.
  Type known_enum;
  for (const Typed& each : arguments) {
    if (each.type.kind != Kind::Enum) continue;
    if (known_enum.kind == Kind::Enum && known_enum.oid != each.type.oid) {
      return refuse(each.offset, "operator does not exist: " + name_of(known_enum) + " " +
                                     std::string(function.name) + " " + name_of(each.type));
    }
    known_enum = each.type;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Type to;
    to.kind = function.arguments[i];
    if (to.kind == Kind::Enum) to = known_enum;
    to.collation = arguments[i].type.collation;
    TRY_ASSIGN(arguments[i], convert(std::move(arguments[i]), to, false));
  }
  return {};
}

Result<Typed> Resolver::call(const Function& function, std::vector<Typed> arguments,
                             std::uint32_t offset) {
  TRY(check_collation(function.name, arguments, offset));
  Typed typed;
  typed.offset = offset;
  typed.type.kind = function.result;
  TRY_ASSIGN(const Collation collation, common_collation(arguments));
  if (is_text(function.result)) {
    typed.type.collation = collation == Collation::None ? Collation::Equality : collation;
    typed.type.has_mixed_collation = is_mixed(arguments);
    for (const Typed& each : arguments) typed.has_chosen_collation |= each.has_chosen_collation;
  }
  TRY(give_arguments_their_types(function, arguments));
  // Strict: with a NULL nothing else is asked.
  for (const Typed& each : arguments) {
    if (is_null(each)) return constant(typed.type, Value::null(), offset);
  }
  const bool is_constant = are_constants(arguments);
  Nodes nodes;
  for (Typed& each : arguments) nodes.push_back(std::move(each.node));
  typed.node = make_call(call_for(function, collation), std::move(nodes));
  return fold(std::move(typed), is_constant);
}

Result<Typed> Resolver::call_operator(std::string_view sign, std::vector<Typed> arguments,
                                      std::uint32_t offset) {
  Choice choice = choose_function(sign, kinds_of(arguments), true);
  if (has_more_in_postgresql(sign, arguments)) choice = {nullptr, true};
  if (choice.function != nullptr) return call(*choice.function, std::move(arguments), offset);
  const std::string used = arguments.size() == 1
                               ? std::string(sign) + " " + name_of(arguments[0].type)
                               : names_of(arguments, (" " + std::string(sign) + " ").c_str());
  if (choice.is_ambiguous) return refuse(offset, "operator is not unique: " + used);
  for (const Typed& each : arguments) {
    const Kind kind = each.type.kind;
    if (kind != Kind::Other && kind != Kind::Enum && kind != Kind::Jsonb) continue;
    return refuse(offset, "operator is not supported: " + used);
  }
  if (functions_named(sign).empty()) {
    return refuse(offset, "operator " + std::string(sign) + " is not supported");
  }
  return refuse(offset, "operator does not exist: " + used);
}

Result<Typed> Resolver::operation(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> arguments, all(syntax));
  const std::string_view sign = plain_sign(syntax.name);
  if (sign == "||" && arguments.size() == 2) {
    TRY(append_text_of_other(arguments, syntax.offset));
  }
  return call_operator(sign, std::move(arguments), syntax.offset);
}

// `text || any` takes the other's text. What has a || of its own is not meant.
Status Resolver::append_text_of_other(std::vector<Typed>& arguments, std::uint32_t offset) {
  const Kind left = arguments[0].type.kind;
  const Kind right = arguments[1].type.kind;
  if (is_text(left) == is_text(right)) return {};
  Typed& other = is_text(left) ? arguments[1] : arguments[0];
  const Kind text = is_text(left) ? left : right;
  const Kind kind = other.type.kind;
  const bool has_own = kind == Kind::Jsonb || kind == Kind::Bytea || kind == Kind::Other;
  if (has_own && (text == Kind::Unknown || kind == Kind::Other)) {
    if (kind == Kind::Bytea) return {};
    return refuse(offset, "operator || is not supported for type " + name_of(other.type));
  }
  TRY_ASSIGN(other, as_text(std::move(other)));
  other.type.collation = Collation::None;  // the text's alone counts
  return {};
}

Result<Typed> Resolver::like(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> arguments, all(syntax));
  if (arguments.size() == 3) {
    std::vector<Typed> escape;
    escape.push_back(std::move(arguments[1]));
    escape.push_back(std::move(arguments[2]));
    const Choice choice = choose_function("like_escape", kinds_of(escape), false);
    if (choice.function == nullptr) {
      return refuse(syntax.offset,
                    "function like_escape(" + names_of(escape, ", ") + ") does not exist");
    }
    TRY_ASSIGN(arguments[1], call(*choice.function, std::move(escape), syntax.offset));
    arguments.pop_back();
  }
  return call_operator(syntax.is_negated ? "!~~" : "~~", std::move(arguments), syntax.offset);
}

Result<Typed> Resolver::concat(std::vector<Typed> arguments, std::uint32_t offset) {
  Nodes nodes;
  TRY_ASSIGN(const Collation collation, common_collation(arguments));
  const bool has_mixed_collation = is_mixed(arguments);
  for (Typed& each : arguments) {
    if (each.type.kind == Kind::Unknown) {
      TRY_ASSIGN(each, convert(std::move(each), plain_type(Kind::Text), false));
    }
    nodes.push_back(make_output(each.type.kind, std::move(each.node)));
  }
  Typed typed;
  typed.node = std::make_unique<ConcatNode>(std::move(nodes));
  typed.type.kind = Kind::Text;
  typed.type.has_mixed_collation = has_mixed_collation;
  typed.type.collation = collation == Collation::None ? Collation::Equality : collation;
  typed.offset = offset;
  return typed;
}

Result<Typed> Resolver::function(const Syntax& syntax) {
  TRY_ASSIGN(std::vector<Typed> arguments, all(syntax));
  if (syntax.name == "concat" && !arguments.empty()) {
    return concat(std::move(arguments), syntax.offset);
  }
  for (std::size_t i = 1; syntax.name == "substring" && i < arguments.size(); ++i) {
    if (arguments[i].type.kind != Kind::Unknown) continue;
    return refuse(arguments[i].offset, "substring by a regular expression is not supported");
  }
  const Choice choice = choose_function(syntax.name, kinds_of(arguments), false);
  if (choice.function != nullptr) {
    return call(*choice.function, std::move(arguments), syntax.offset);
  }
  const std::string used = syntax.name + "(" + names_of(arguments, ", ") + ")";
  if (choice.is_ambiguous) return refuse(syntax.offset, "function " + used + " is not unique");
  if (functions_named(syntax.name).empty()) {
    return refuse(syntax.offset, "function " + syntax.name + " is not supported");
  }
  return refuse(syntax.offset, "function " + used + " does not exist");
}

}  // namespace slotcast::sql
