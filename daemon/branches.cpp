#include "daemon/branches.h"

#include <algorithm>
#include <thread>

#include "lib/base/diag.h"

namespace slotcast {

void Branches::start() {
  for (auto& branch : list_) branch->start();
}

void Branches::finish_at(Lsn until) {
  for (auto& branch : list_) branch->finish_at(until);
}

void Branches::stop() {
  for (auto& branch : list_) branch->stop();
}

bool Branches::wait(Clock& clock, SteadyTime deadline) const {
  while (!finished() && clock.now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  bool all = true;
  for (const auto& branch : list_) {
    if (branch->finished()) continue;
    diag::error("sink " + branch->status().sink,
                "did not finish its batch in shutdown_timeout; it is built again next time");
    all = false;
  }
  return all;
}

void Branches::join() {
  for (auto& branch : list_) branch->join();
}

bool Branches::finished() const {
  return std::all_of(list_.begin(), list_.end(),
                     [](const auto& branch) { return branch->finished(); });
}

// One that only stands for a moment, while an order is carried out, will go on.
bool Branches::done(const journal::Journal& journal) const {
  return std::all_of(list_.begin(), list_.end(), [&journal](const auto& branch) {
    if (branch->reached_until()) return true;
    const branch::State state = branch->status().state;
    const auto known = journal.state(branch->status().sink);
    const bool is_halted = known && known->mode != journal::Mode::Running;
    return branch->finished() && (state == branch::State::Failed || is_halted);
  });
}

bool Branches::all_reached_until() const {
  return std::all_of(list_.begin(), list_.end(),
                     [](const auto& branch) { return branch->reached_until(); });
}

bool Branches::any_failed() const {
  return std::any_of(list_.begin(), list_.end(), [](const auto& branch) {
    return branch->status().state == branch::State::Failed;
  });
}

std::string Branches::halted() const {
  std::string names;
  for (const auto& branch : list_) {
    const branch::BranchStatus status = branch->status();
    const bool is_halted =
        status.state == branch::State::Paused || status.state == branch::State::Detached;
    if (is_halted) names += (names.empty() ? "" : ", ") + status.sink;
  }
  return names;
}

}  // namespace slotcast
