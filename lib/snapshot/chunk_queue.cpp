#include "lib/snapshot/chunk_queue.h"

#include <algorithm>

#include "lib/base/diag.h"
#include "lib/route/pattern.h"

namespace slotcast::snapshot {
namespace {

bool matches_any(const std::vector<std::string>& patterns, const pg::SourceTable& table) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& text) {
    const auto pattern = route::TablePattern::parse(text);
    return pattern.ok() && pattern.value().matches(table.schema, table.table);
  });
}

}  // namespace

// A table that is half read for sinks that are gone keeps nobody waiting: it begins anew should
// they come back. When nothing is half read, the next reading begins at the end of the log.
Status ChunkQueue::take_stock() {
  const auto is_gone = [this](const Request& request) {
    return request.is_under_way() &&
           std::all_of(request.sinks.begin(), request.sinks.end(), asks_.is_removed);
  };
  const Request half_read = front();
  const bool lets_go = !half_read.is_under_way() || is_gone(half_read);
  if (!lets_go || (ledger_.copy().scanned.value == 0 && !is_gone(half_read))) return {};
  return ledger_.change([&](ChunkMemory& memory) {
    memory.scanned = {};
    if (!is_gone(half_read)) return;
    Request& request = memory.requests.front();
    request.after = {};
    request.is_read = false;
    request.again = {};
  });
}

// The first request that can be read comes to the front, unless one is half read.
Status ChunkQueue::choose() {
  if (front().is_under_way()) return {};
  const ChunkMemory memory = ledger_.copy();
  const auto chosen =
      std::find_if_not(memory.requests.begin(), memory.requests.end(),
                       [this](const Request& request) { return is_halted(request); });
  const auto skipped = chosen - memory.requests.begin();
  if (chosen == memory.requests.end() || skipped == 0) return {};
  return ledger_.change([&](ChunkMemory& changed) {
    const auto begin = changed.requests.begin();
    std::rotate(begin, begin + skipped, begin + skipped + 1);
  });
}

Request ChunkQueue::front() const {
  const ChunkMemory memory = ledger_.copy();
  return memory.requests.empty() ? Request() : memory.requests.front();
}

// A sink's tables are those that its routes name now.
Status ChunkQueue::expand(const Request& request, const std::vector<pg::SourceTable>& tables) {
  std::vector<Request> found;
  for (const pg::SourceTable& table : tables) {
    const bool is_wanted = request.only.empty() || matches_any(request.only, table);
    if (!is_wanted || matches_any(request.except, table)) continue;
    Request one = request;
    one.only = one.except = {};
    std::erase_if(one.sinks,
                  [&](const std::string& sink) { return !asks_.is_routed(table, sink); });
    one.schema = table.schema;
    one.table = table.table;
    if (!one.sinks.empty()) found.push_back(std::move(one));
  }
  if (found.empty()) diag::warning("chunks", "no table to read: none matches what was asked for");
  return ledger_.change([&](ChunkMemory& memory) {
    // One may have been forgotten meanwhile.
    const std::set<std::string> sinks = memory.requests.front().sinks;
    memory.requests.erase(memory.requests.begin());
    for (Request& one : found) {
      std::erase_if(one.sinks, [&](const std::string& sink) { return sinks.count(sink) == 0; });
      add_request(memory, std::move(one));
    }
  });
}

bool ChunkQueue::is_halted(const Request& request) const {
  return !request.sinks.empty() &&
         std::all_of(request.sinks.begin(), request.sinks.end(), asks_.is_halted);
}

bool ChunkQueue::is_wanted() const {
  const ChunkMemory memory = ledger_.copy();
  return !std::all_of(memory.requests.begin(), memory.requests.end(),
                      [this](const Request& request) { return is_halted(request); });
}

// Nothing can be read now: one that is half read goes first, whatever is behind it.
bool ChunkQueue::is_idle() const {
  const Request first = front();
  return first.is_under_way() ? is_halted(first) : !is_wanted();
}

}  // namespace slotcast::snapshot
