#include <algorithm>

#include "lib/route/shape.h"

namespace slotcast::route {
namespace {

using Clause = Shaping::Clause;

TypeClass class_of(sql::Kind kind) {
  switch (kind) {
    case sql::Kind::Bool:
      return TypeClass::Boolean;
    case sql::Kind::Int2:
    case sql::Kind::Int4:
    case sql::Kind::Int8:
      return TypeClass::Integer;
    case sql::Kind::Numeric:
      return TypeClass::Decimal;
    case sql::Kind::Float4:
    case sql::Kind::Float8:
      return TypeClass::Float;
    case sql::Kind::Json:
    case sql::Kind::Jsonb:
      return TypeClass::Json;
    default:
      return TypeClass::Text;
  }
}

// The columns by which rows are told apart, not those that are sent to find them.
bool is_key(const Relation& relation, const Column& column) {
  return relation.replica_identity == 'f' ? column.is_primary_key : column.is_key;
}

// A route may fit one of its tables and not another.
sql::Complaint of_table(const Relation& relation, const sql::Complaint& complaint) {
  return {"table " + relation.full_name() + ": " + complaint.what, complaint.offset};
}

}  // namespace

Shape::Made Shape::make(std::shared_ptr<const Shaping> shaping, const Relation& relation,
                        const sql::Scope& scope) {
  Made made;
  auto shape = std::make_shared<Shape>();
  shape->shaping_ = std::move(shaping);
  shape->is_full_ = relation.replica_identity == 'f';
  for (const Column& column : relation.columns) shape->is_key_.push_back(is_key(relation, column));
  if (const Status added = shape->add_where(relation, scope); !added.ok()) {
    made.mistakes.push_back(added.error());
  }
  shape->add_select(relation, scope, made.mistakes);
  if (!made.mistakes.empty()) return made;
  shape->find_key(relation);
  shape->note_columns(relation);
  Relation out = relation;
  out.version = next_relation_version();
  out.columns = std::move(shape->columns_);
  shape->relation_ = std::make_shared<const Relation>(std::move(out));
  made.shape = std::move(shape);
  return made;
}

Status Shape::add_where(const Relation& relation, const sql::Scope& scope) {
  if (!shaping_->where) return {};
  sql::Resolved resolved = sql::resolve_condition(*shaping_->where, scope);
  if (resolved.complaint) {
    return shaping_->refusal(Clause::Where, of_table(relation, *resolved.complaint));
  }
  where_ = std::move(resolved.expression);
  const auto& columns = where_->columns();
  const bool is_of_key = std::all_of(columns.begin(), columns.end(),
                                     [&](std::uint32_t column) { return is_key_[column]; });
  const bool is_of_change = where_->asks_metadata();
  const bool is_known = (is_full_ && !relation.is_full_in_part) || is_of_key;
  tells_old_ = is_known && !is_of_change;
  return {};
}

void Shape::add_select(const Relation& relation, const sql::Scope& scope,
                       std::vector<Error>& mistakes) {
  if (shaping_->select.empty()) columns_ = relation.columns;
  for (const sql::SelectItem& item : shaping_->select) {
    if (item.expression) {
      const Status added = add_item(relation, scope, item);
      if (!added.ok()) mistakes.push_back(added.error());
      continue;
    }
    // What was said before the * stays said.
    for (std::uint32_t i = 0; i < relation.columns.size(); ++i) {
      if (!has_column(relation.columns[i].name)) put(relation.columns[i], {std::nullopt, i});
    }
  }
}

bool Shape::has_column(const std::string& name) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const Column& column) { return column.name == name; });
}

Status Shape::add_item(const Relation& relation, const sql::Scope& scope,
                       const sql::SelectItem& item) {
  for (const char* ours : {"_op", "_lsn", "_seq", "_ts"}) {
    if (item.name != ours) continue;
    return shaping_->refusal(
        Clause::Select,
        {item.name + " is added to each row anyway; give it another name: " + item.name + " AS …",
         item.offset});
  }
  sql::Resolved resolved = sql::resolve_value(*item.expression, scope);
  if (resolved.complaint) {
    return shaping_->refusal(Clause::Select, of_table(relation, *resolved.complaint));
  }
  sql::Expression& expression = *resolved.expression;
  Column column;
  if (expression.is_bare_column()) {
    const std::uint32_t index = *expression.plain_column();
    column = relation.columns[index];
    column.name = item.name;
    put(std::move(column), {std::nullopt, index});
    return {};
  }
  const sql::Type& type = expression.type();
  column.name = item.name;
  column.type_oid = type.oid != 0 ? type.oid : sql::oid_of(type.kind);
  column.type_modifier = type.modifier;
  column.type_class = class_of(type.kind);
  put(std::move(column), {std::move(expression), 0, item.expression.get()});
  return {};
}

// A name that is there already is what the later item says, in the earlier one's place.
void Shape::put(Column column, Output output) {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& each) { return each.name == column.name; });
  if (found == columns_.end()) {
    columns_.push_back(std::move(column));
    outputs_.push_back(std::move(output));
    return;
  }
  outputs_[static_cast<std::size_t>(found - columns_.begin())] = std::move(output);
  *found = std::move(column);
}

// For each key column the one that stands for it: itself, or else a cast that keeps values apart.
void Shape::find_key(const Relation& relation) {
  const bool has_any = std::find(is_key_.begin(), is_key_.end(), true) != is_key_.end();
  has_key_ = has_any;
  if (outputs_.empty()) return;
  for (Column& column : columns_) column.is_key = column.is_primary_key = false;
  for (std::uint32_t i = 0; i < relation.columns.size(); ++i) {
    const Column& source = relation.columns[i];
    if (!source.is_key && !source.is_primary_key) continue;
    const auto stands_for = [&](const Output& output, bool bare) {
      if (!output.expression) return bare && output.column == i;
      return !bare && output.expression->plain_column() == i;
    };
    auto found = std::find_if(outputs_.begin(), outputs_.end(),
                              [&](const Output& each) { return stands_for(each, true); });
    if (found == outputs_.end()) {
      found = std::find_if(outputs_.begin(), outputs_.end(),
                           [&](const Output& each) { return stands_for(each, false); });
    }
    if (found == outputs_.end()) {
      if (is_key_[i]) lost_key_ += (lost_key_.empty() ? "" : ", ") + source.name;
      has_key_ = has_any && lost_key_.empty();
      continue;
    }
    Column& column = columns_[static_cast<std::size_t>(found - outputs_.begin())];
    column.is_key = source.is_key;
    column.is_primary_key = source.is_primary_key;
  }
}

void Shape::note_columns(const Relation& relation) {
  for (std::uint32_t i = 0; outputs_.empty() && i < relation.columns.size(); ++i) {
    row_columns_.push_back(i);
  }
  for (const Output& output : outputs_) {
    if (!output.expression) {
      row_columns_.push_back(output.column);
      continue;
    }
    const auto& columns = output.expression->columns();
    const bool is_mixed = columns.size() + (output.expression->asks_metadata() ? 1 : 0) > 1;
    for (std::size_t i = 0; is_mixed && i < columns.size(); ++i) {
      const std::string& name = relation.columns[columns[i]].name;
      mixed_columns_.push_back({columns[i], sql::find_column(*output.syntax, name).value_or(0)});
    }
    row_columns_.insert(row_columns_.end(), columns.begin(), columns.end());
  }
  std::sort(row_columns_.begin(), row_columns_.end());
  row_columns_.erase(std::unique(row_columns_.begin(), row_columns_.end()), row_columns_.end());
}

}  // namespace slotcast::route
