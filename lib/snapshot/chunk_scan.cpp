#include "lib/snapshot/chunk_scan.h"

#include <chrono>

namespace slotcast::snapshot {
namespace {

constexpr Duration kWaitForLog = std::chrono::milliseconds(200);

}  // namespace

Status ChunkScan::begin(const journal::Checkpoint& from, std::uint64_t newest,
                        std::set<Key> unknown) {
  began_ = newest;
  committed_.clear();
  window_ = {};
  window_.set_unknown(std::move(unknown));
  return feed_.start(from);
}

Result<branch::Slice> ChunkScan::to(const std::string& marker, const ChunkRows& rows, bool& fits,
                                    const std::function<Status()>& meanwhile) {
  while (!stopping_) {
    if (const auto failure = log_.tail().failure()) return *failure;
    TRY(meanwhile());
    const Sequence written = log_.tail().written().record;
    TRY_ASSIGN(const auto slice, feed_.next(written));
    if (!slice) {
      log_.tail().wait_written(written, kWaitForLog);
      continue;
    }
    for (const Change& change : slice->changes) {
      if (change.operation == Operation::Message) continue;
      committed_.insert(change.xid);
      if (change.relation->id == rows.relation.id) {
        fits &= window_.take(change, !rows.seen_by.misses(change.xid));
      }
    }
    if (slice->marker == marker) return *slice;
  }
  return transient("stopping");
}

// The next chunk sees all of this, or is read again.
Status ChunkScan::follow(const Request& request) {
  const Sequence written = log_.tail().written().record;
  while (!stopping_) {
    TRY_ASSIGN(const auto slice, feed_.next(written));
    if (!slice) return {};
    for (const Change& change : slice->changes) {
      if (change.operation == Operation::Message) continue;
      committed_.insert(change.xid);
      const Relation& relation = *change.relation;
      if (request.is_under_way() && relation.schema == request.schema &&
          relation.table == request.table) {
        window_.take(change, true);
      }
    }
  }
  return transient("stopping");
}

// The transactions that the snapshot sees need not be looked at any more.
std::string ChunkScan::blindness(const SeenBy& seen_by) {
  std::erase_if(committed_, [&](std::uint32_t xid) { return !seen_by.misses(xid); });
  if (seen_by.oldest() < began_) {
    return "waiting for the end of transaction " + std::to_string(seen_by.oldest()) +
           ", which began before the reading";
  }
  if (committed_.empty()) return {};
  return "waiting until everybody sees transaction " + std::to_string(*committed_.begin()) +
         ", which is committed: a synchronous standby may not have answered";
}

}  // namespace slotcast::snapshot
