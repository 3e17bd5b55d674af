#include "lib/branch/row_maker.h"

namespace slotcast::branch {
namespace {

constexpr std::size_t kKeyTextBytesMax = 80;

std::string describe_key(const Change& change) {
  std::string key;
  const auto& columns = change.relation->columns;
  for (std::size_t i = 0; i < change.row.size() && i < columns.size(); ++i) {
    const bool is_whole = change.relation->replica_identity == 'f';
    const bool is_key = is_whole ? columns[i].is_primary_key : columns[i].is_key;
    if (!is_key || change.row[i].kind != Cell::Kind::Text) continue;
    key += (key.empty() ? "" : ", ") + columns[i].name + " " +
           std::string(change.row[i].text().substr(0, kKeyTextBytesMax));
  }
  return key.empty() ? key : " (" + key + ")";
}

}  // namespace

std::string describe(const Change& change) {
  if (change.operation == Operation::Message) {
    return to_string(change.id.commit_lsn) + ", a message of prefix " +
           std::string(change.row[0].text().substr(0, kKeyTextBytesMax));
  }
  return to_string(change.id.commit_lsn) + " change " + std::to_string(change.id.ordinal) + " of " +
         change.relation->full_name() + describe_key(change);
}

void RowMaker::clear() {
  rows_.clear();
  room_.reset();
  router_.forget_many();
}

Result<sink::Rows> RowMaker::make(std::span<const Change> changes) {
  clear();
  const Relation* last = nullptr;
  std::span<const route::Way> ways;
  for (const Change& change : changes) {
    if (change.relation != last) {
      if (change.operation == Operation::Message) {
        TRY(add_message(change));
        continue;
      }
      TRY_ASSIGN(ways, router_.ways_for(*change.relation, change.id));
      last = change.relation;
    }
    for (const route::Way& way : ways) {
      TRY(way.shape ? shape(change, way) : add(change, change, way));
    }
  }
  return sink::Rows(rows_);
}

Result<std::optional<sink::Rows>> RowMaker::make_for(const Change& change,
                                                     std::string_view target) {
  clear();
  if (change.operation == Operation::Message) {
    TRY(add_message(change));
    return std::optional<sink::Rows>(rows_);
  }
  TRY_ASSIGN(const auto ways, router_.ways_for_kept(*change.relation));
  bool has_way = false;
  for (const route::Way& way : ways) {
    if (way.target() != target) continue;
    has_way = true;
    TRY(way.shape ? shape(change, way) : add(change, change, way));
  }
  if (!has_way) return std::optional<sink::Rows>();
  return std::optional<sink::Rows>(rows_);
}

// No route leads a message: the sink says which it wants.
Status RowMaker::add_message(const Change& change) {
  static const route::Route route{{}, "", "messages", nullptr, false};
  static const route::Way way{&route, nullptr};
  return sink_.takes_message(change.row[0].text()) ? add(change, change, way) : Status();
}

Status RowMaker::shape(const Change& change, const route::Way& way) {
  const Change* shaped = nullptr;
  if (way.shape->apply(change, room_, shaped)) {
    return shaped != nullptr ? add(change, *shaped, way) : Status();
  }
  return on_failure_({&change, &way, room_.frame().sqlstate(), room_.frame().message()});
}

// What fails is the source's change: sent again, it takes the way through its route once more.
Status RowMaker::add(const Change& change, const Change& shaped, const route::Way& way) {
  const sink::Row row{&shaped, &way.target()};
  if (judge_ != nullptr) {
    if (auto refusal = judge_->refuse(row)) {
      return on_failure_({&change, &way, refusal->sqlstate, std::move(refusal->message)});
    }
  }
  rows_.push_back(row);
  return {};
}

}  // namespace slotcast::branch
