#include "daemon/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

using namespace slotcast;

namespace {

// A process of its own that only has Signals: it says "r" when they are set up and "s" when a stop
// is asked for, and ends with 7 when its input is closed. Signals sent to the tests themselves
// would end them.
class Child {
 public:
  Child() {
    int in[2], out[2];
    REQUIRE((::pipe(in) == 0 && ::pipe(out) == 0));
    id_ = ::fork();
    REQUIRE(id_ >= 0);
    if (id_ == 0) {
      ::close(in[1]);
      live(in[0], out[1]);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
    REQUIRE(says() == 'r');
  }
  ~Child() {
    if (id_ > 0) ::kill(id_, SIGKILL);
    if (id_ > 0) ::waitpid(id_, nullptr, 0);
    if (input_ >= 0) ::close(input_);
    ::close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { REQUIRE(::kill(id_, number) == 0); }
  // The next letter, or 0 when there is none within `milliseconds`.
  char says(int milliseconds = 5000) const {
    pollfd ready{output_, POLLIN, 0};
    char letter = 0;
    if (::poll(&ready, 1, milliseconds) != 1 || ::read(output_, &letter, 1) != 1) return 0;
    return letter;
  }
  void let_go() {
    ::close(input_);
    input_ = -1;
  }
  // Exit code, or minus the signal that ended it.
  int exit_code() {
    int status = 0;
    REQUIRE(::waitpid(id_, &status, 0) == id_);
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  [[noreturn]] static void live(int input, int output) {
    ::alarm(30);
    {
      const Signals signals;
      std::thread worker([&] {
        while (!signals.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (::write(output, "s", 1) != 1) ::_exit(9);
      });
      char letter = 0;
      if (::write(output, "r", 1) != 1 || ::read(input, &letter, 1) != 0) ::_exit(9);
      worker.join();
    }
    ::_exit(7);
  }

  pid_t id_ = 0;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace

TEST_CASE("signals: the first asks for a drain, the second ends at once", "[signals]") {
  for (const int number : {SIGTERM, SIGINT}) {
    CAPTURE(number);
    Child child;
    child.signal(number);
    REQUIRE(child.says() == 's');
    child.signal(number);
    CHECK(child.exit_code() == 128 + number);
  }
}

TEST_CASE("signals: a drain that gets its time ends in its own way", "[signals]") {
  Child child;
  child.signal(SIGTERM);
  REQUIRE(child.says() == 's');
  child.let_go();
  CHECK(child.exit_code() == 7);
}

TEST_CASE("signals: SIGHUP and SIGPIPE neither stop nor end it", "[signals]") {
  Child child;
  for (const int number : {SIGHUP, SIGPIPE, SIGHUP, SIGHUP}) child.signal(number);
  CHECK(child.says(100) == 0);
  child.signal(SIGINT);
  CHECK(child.says() == 's');
  child.let_go();
  CHECK(child.exit_code() == 7);
}
