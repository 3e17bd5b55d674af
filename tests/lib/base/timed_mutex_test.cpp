#include "lib/base/timed_mutex.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace slotcast {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;
constexpr int kRounds = 5000;

TEST_CASE("TimedMutex: one holds it at a time", "[base]") {
  TimedMutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const std::lock_guard lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == kThreads * kRounds);
}

TEST_CASE("TimedMutex: who waits for a while gives up, or has it when it is given back", "[base]") {
  TimedMutex mutex;
  std::unique_lock held(mutex);
  CHECK_FALSE(std::unique_lock(mutex, 10ms).owns_lock());

  bool is_taken = false;
  std::thread waiting([&] { is_taken = std::unique_lock(mutex, 60s).owns_lock(); });
  held.unlock();
  waiting.join();
  CHECK(is_taken);
}

}  // namespace
}  // namespace slotcast
