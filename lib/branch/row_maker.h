#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/route/router.h"
#include "lib/sink/sink.h"

namespace slotcast::branch {

// A change of which a route cannot make a row, or makes one that the sink does not take.
struct RowFailure {
  const Change* change = nullptr;
  const route::Way* way = nullptr;
  std::string sqlstate;
  std::string message;
};

// Changes become the rows that a sink is given: routes decide which, in what shape and to what
// targets. Threads: one, its branch's.
class RowMaker {
 public:
  // What the branch does about a failure; Ok leaves the row out.
  using OnFailure = std::function<Status(const RowFailure& failure)>;

  // `sink` says which messages it takes, and lives longer.
  RowMaker(route::Router router, const sink::Sink& sink, OnFailure on_failure)
      : router_(std::move(router)), sink_(sink), on_failure_(std::move(on_failure)) {}

  // Whom to ask from now on; null: the sink takes every row.
  void ask(sink::Judge* judge) { judge_ = judge; }
  // What it refused before it may take now.
  void ask_anew() {
    if (judge_ != nullptr) judge_->look_anew();
  }

  // Valid until the next call, and as long as the changes are. Errors: those of the router and of
  // the branch's answer to a failure.
  Result<sink::Rows> make(std::span<const Change> changes);
  // Of one change that was kept, to one target only; nothing when no way leads there.
  Result<std::optional<sink::Rows>> make_for(const Change& change, std::string_view target);

 private:
  void clear();
  Status add_message(const Change& change);
  Status shape(const Change& change, const route::Way& way);
  Status add(const Change& change, const Change& shaped, const route::Way& way);

  route::Router router_;
  const sink::Sink& sink_;
  sink::Judge* judge_ = nullptr;
  const OnFailure on_failure_;
  route::Room room_;
  std::vector<sink::Row> rows_;
};

// "0/16B3748 change 3 of dbo.constants (constantid 7)": for people who look for the row.
std::string describe(const Change& change);

}  // namespace slotcast::branch
