#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/log/segments.h"
#include "lib/log/tail.h"

// Chunks: rows of a table that were read while the stream ran, for some sinks alone. Each stands at
// one place of the stream, at a transaction that carries its marker and nothing else; a sink gets
// the rows there and counts them to that transaction.

namespace slotcast::log {

// Threads: any. Who waits for the tail is woken when something changes.
class Chunks {
 public:
  // `owner` tells our markers from those of other pipelines in the same database.
  Chunks(Tail& tail, std::string owner) : tail_(tail), owner_(std::move(owner)) {}

  // What the marker of chunk `number` says.
  std::string marker_of(std::uint64_t number) const;
  // The chunk a marker stands for; nothing when it is none of ours.
  std::optional<std::uint64_t> number_of(std::string_view marker) const;

  // Before the marker is in the stream: `sinks` wait there.
  void expect(std::uint64_t number, std::set<std::string> sinks);
  // Its rows are durable. `end` is the record behind its marker's transaction.
  void add(std::uint64_t number, Segment segment, Sequence end);
  // One that an earlier process made.
  void restore(std::uint64_t number, std::set<std::string> sinks, Segment segment, Sequence end);
  // It will not be: its rows are read again, under another number.
  void drop(std::uint64_t number);

  enum class State { None, Pending, Ready };  // None: not for this sink
  struct Found {
    State state = State::None;
    std::optional<Segment> segment;
  };
  Found find(std::uint64_t number, const std::string& sink) const;

  // On disk.
  std::uint64_t size_bytes() const;
  // Forgets and returns the chunks that their own sinks have passed, each of which stands at
  // `place_of`; remove their files.
  using PlaceOf = std::function<Sequence(const std::string& sink)>;
  std::vector<std::pair<std::uint64_t, Segment>> drop_passed(const PlaceOf& place_of);

 private:
  struct Chunk {
    std::set<std::string> sinks;
    std::optional<Segment> segment;
    Sequence end;
  };

  Tail& tail_;
  const std::string owner_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Chunk> chunks_;  // guarded by mutex_
};

}  // namespace slotcast::log
