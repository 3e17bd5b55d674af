#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/log/block.h"
#include "lib/pgoutput/catalog.h"
#include "lib/pgoutput/message.h"

// Blocks of the durable log become changes. Pure: the same block after the same state gives the
// same result, so any number of branches may share it.

namespace slotcast::pgoutput {

// The prefix of slotcast's own logical messages.
inline constexpr std::string_view kMarkerPrefix = "slotcast";
// What those say that encode(Resync) makes.
inline constexpr std::string_view kResyncBegins = "resync begins";
inline constexpr std::string_view kResyncEnds = "resync ends";

// What a relation means at some point of the log.
struct Schema {
  std::unordered_map<std::uint32_t, RelationPtr> relations;
  std::unordered_map<std::uint32_t, std::shared_ptr<const Catalog>> catalogs;
};

// Where a reader stands between two blocks. Cheap to copy.
struct DecoderState {
  std::shared_ptr<const Schema> schema = std::make_shared<const Schema>();
  bool in_transaction = false;
  Sequence begin;  // of the open transaction
  Begin transaction;
  std::uint64_t ordinal = 0;  // of the last change in the open transaction
};

// The part of one transaction that lies in one block.
struct TransactionPart {
  enum class End { Open, Commit, Abandon };

  Sequence begin;  // the record of its Begin, here or in an earlier block
  Lsn commit_lsn;
  PgTime commit_time;
  std::uint32_t first_change = 0;
  std::uint32_t change_count = 0;
  End end = End::Open;  // Open: it goes on in the next block
  Sequence next;        // the record behind its end; meaningless while Open
  Lsn end_lsn;          // of its commit; 0 unless End::Commit
  // Of a transaction of slotcast's own, which marks a place in the stream: what it says, when that
  // lies in this part.
  std::string_view marker;
};

struct DecodedBlock {
  log::BlockPtr raw;  // what the cells point into
  CellArena cells{0};
  std::deque<std::string> texts;  // of cells that do not stand in the block
  std::vector<Change> changes;
  std::vector<TransactionPart> parts;
  std::vector<RelationPtr> relations;  // keeps those that changes point to alive
  DecoderState after;

  // What it takes in memory, without the relations, which blocks share.
  std::size_t size_bytes() const;
};

using DecodedPtr = std::shared_ptr<const DecodedBlock>;

// Of records before `from` only the schema is taken: a reader that begins in the middle. Corrupt,
// with the record's number, when a message does not have the form it should.
Result<DecodedPtr> decode(const log::BlockPtr& block, const DecoderState& before, Sequence from);

}  // namespace slotcast::pgoutput
