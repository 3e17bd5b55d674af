#include "lib/base/result.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <memory>

using namespace slotcast;

namespace {

Status fail_if(bool fails) {
  if (fails) return transient("no answer");
  return {};
}

Result<std::unique_ptr<int>> make(int value) {
  if (value < 0) return invalid("negative");
  return std::make_unique<int>(value);
}

Result<int> sum(int left, int right, bool fails) {
  TRY(fail_if(fails));
  TRY_ASSIGN(const auto a, make(left));
  TRY_ASSIGN(const auto b, make(right));
  return *a + *b;
}

// The signal that ends a process in which `act` runs.
template <class Act>
int signal_of(Act act) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    // The test program reports an abort as a failed test; here it is what we wait for.
    std::signal(SIGABRT, SIG_DFL);
    ::close(STDERR_FILENO);
    act();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("result: the first failure leaves the function, and nothing is copied", "[base]") {
  CHECK(sum(1, 2, false).value() == 3);
  CHECK(sum(1, 2, true).error().what == "no answer");
  CHECK(sum(-1, 2, false).error().kind == ErrorKind::Invalid);
  CHECK(sum(1, -2, false).error().what == "negative");
}

TEST_CASE("result: each layer puts what it knows in front", "[base]") {
  const Status status = Status(corrupt("bad checksum")).prefixed("block").prefixed("segment 12");
  CHECK(status.error().what == "segment 12: block: bad checksum");
  CHECK(status.error().kind == ErrorKind::Corrupt);
  CHECK(Status().prefixed("segment 12").ok());
}

TEST_CASE("result: the kinds have the names that the operator reads", "[base]") {
  CHECK(std::string(name_of(ErrorKind::Transient)) == "transient");
  CHECK(std::string(name_of(ErrorKind::Rejected)) == "rejected");
  CHECK(std::string(name_of(ErrorKind::Corrupt)) == "corrupt");
  CHECK(std::string(name_of(ErrorKind::Invalid)) == "invalid");
}

TEST_CASE("result: asking a failure for its value ends the process, in any build", "[base]") {
  CHECK(signal_of([] {}) == 0);
  CHECK(signal_of([] { static_cast<void>(make(-1).value()); }) == SIGABRT);
  CHECK(signal_of([] { static_cast<void>(make(1).error()); }) == SIGABRT);
  CHECK(signal_of([] { static_cast<void>(Status().error()); }) == SIGABRT);
}
