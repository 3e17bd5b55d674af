#pragma once

#include <cstdint>
#include <random>

namespace slotcast {

// Randomness, injected so that tests repeat. Threads: one at a time; each owner has its own.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

// Seeded by the operating system: for file names and epochs that must never meet.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace slotcast
