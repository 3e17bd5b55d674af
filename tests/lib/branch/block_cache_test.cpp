#include "lib/branch/block_cache.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "lib/base/random.h"

using namespace slotcast;
using namespace slotcast::branch;

namespace {

constexpr std::size_t kPayloadBytes = 1000;

// Block number n starts at record 10 n, and says so.
pgoutput::DecodedPtr block_at(std::uint64_t number) {
  auto raw = std::make_shared<log::Block>();
  raw->header.first_record = {number * 10};
  raw->bytes.resize(kPayloadBytes);
  auto block = std::make_shared<pgoutput::DecodedBlock>();
  block->raw = raw;
  return block;
}

const std::size_t kBlockBytes = block_at(1)->size_bytes();

// A branch that reads blocks in order and knows how many it had to make.
struct Reader {
  explicit Reader(BlockCache& cache) : follower(cache) {}

  void read(std::uint64_t number) {
    const auto block = follower.get({number * 10}, [&]() -> Result<pgoutput::DecodedPtr> {
      ++made;
      return block_at(number);
    });
    REQUIRE(block.ok());
    CHECK(block.value()->raw->header.first_record == Sequence{number * 10});
  }
  void read(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to; ++number) read(number);
  }

  BlockCache::Follower follower;
  int made = 0;
};

}  // namespace

TEST_CASE("block cache: each block is made once for branches that stay together", "[branch]") {
  BlockCache cache(20 * kBlockBytes);
  Reader a(cache), b(cache), c(cache);
  for (Reader* reader : {&a, &b, &c}) reader->read(0);
  const int before = a.made + b.made + c.made;
  for (std::uint64_t at = 1; at < 200; at += 10) {
    for (Reader* reader : {&b, &a, &c}) reader->read(at, at + 10);
  }
  CHECK(a.made + b.made + c.made - before == 200);
}

TEST_CASE("block cache: nothing is kept that nobody is on the way to", "[branch]") {
  BlockCache cache(20 * kBlockBytes);
  Reader alone(cache);
  alone.read(0, 100);
  CHECK(cache.size_bytes() == 0);
  Reader other(cache);
  other.read(50);
  alone.read(100, 110);
  CHECK(cache.size_bytes() == 10 * kBlockBytes);
  other.follower.leave();
  CHECK(cache.size_bytes() == 0);
}

TEST_CASE("block cache: a branch that fell behind finds the next blocks, the group shares on",
          "[branch]") {
  BlockCache cache(20 * kBlockBytes);
  Reader a(cache), b(cache), behind(cache);
  for (Reader* reader : {&a, &b, &behind}) reader->read(0);
  const int before = a.made + b.made;
  behind.made = 0;
  // The two run 300 blocks ahead, five at a time, far beyond what there is room for.
  for (std::uint64_t at = 1; at < 300; at += 5) {
    a.read(at, at + 5);
    b.read(at, at + 5);
    CHECK(cache.size_bytes() <= 20 * kBlockBytes);
  }
  CHECK(a.made + b.made - before == 300);
  behind.read(1, 11);
  CHECK(behind.made == 0);
}

TEST_CASE("block cache: two groups far apart both share", "[branch]") {
  BlockCache cache(20 * kBlockBytes);
  Reader a(cache), b(cache), c(cache), d(cache);
  a.read(1000), b.read(1000), c.read(0), d.read(0);
  const int before = a.made + b.made + c.made + d.made;
  for (std::uint64_t at = 1; at < 100; at += 3) {
    a.read(1000 + at, 1000 + at + 3);
    c.read(at, at + 3);
    b.read(1000 + at, 1000 + at + 3);
    d.read(at, at + 3);
  }
  CHECK(a.made + b.made + c.made + d.made - before == 2 * 99);
}

TEST_CASE("block cache: a block larger than all the room is made and not kept", "[branch]") {
  BlockCache cache(kBlockBytes / 2);
  Reader a(cache), b(cache);
  a.read(0), b.read(0);
  a.read(1), b.read(1);
  CHECK(a.made + b.made == 4);
  CHECK(cache.size_bytes() == 0);
}

TEST_CASE("block cache: an error goes to its caller alone", "[branch]") {
  BlockCache cache(20 * kBlockBytes);
  Reader a(cache), b(cache);
  a.read(0), b.read(0);
  const auto failed =
      a.follower.get({10}, []() -> Result<pgoutput::DecodedPtr> { return corrupt("damaged"); });
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().kind == ErrorKind::Corrupt);
  b.made = 0;
  b.read(1);
  CHECK(b.made == 1);
}

TEST_CASE("block cache: threads at their own speeds get the blocks they ask for", "[branch]") {
  constexpr std::uint64_t kBlocks = 3000;
  BlockCache cache(20 * kBlockBytes);
  std::atomic<int> wrong{0}, made{0};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    threads.emplace_back([&, seed] {
      BlockCache::Follower follower(cache);
      SeededRandom random(seed);
      for (std::uint64_t number = 0; number < kBlocks; ++number) {
        const auto block = follower.get({number * 10}, [&]() -> Result<pgoutput::DecodedPtr> {
          ++made;
          return block_at(number);
        });
        if (!block.ok() || block.value()->raw->header.first_record != Sequence{number * 10}) {
          ++wrong;
        }
        if (random.next() % 64 == 0) std::this_thread::yield();
        if (random.next() % 512 == 0) follower.leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(made >= static_cast<int>(kBlocks));
  CHECK(cache.size_bytes() == 0);
}
