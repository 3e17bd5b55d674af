#include "daemon/signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set, number);
  return set;
}

}  // namespace

Signals::Signals() {
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] {
    name_thread("signals");
    run();
  });
}

Signals::~Signals() {
  ending_ = true;
  // SIGUSR2 to the thread itself: it only has to wake up and look.
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

void Signals::run() {
  const sigset_t set = handled_signals();
  while (!ending_) {
    int number = 0;
    if (sigwait(&set, &number) != 0 || number == SIGUSR2) continue;
    if (number == SIGHUP) {
      diag::warning("slotcast", "SIGHUP: nothing is reloaded; restart to apply a configuration");
      continue;
    }
    if (stop_requested_.exchange(true)) {
      diag::warning("slotcast", "second signal: ending at once");
      ::_exit(128 + number);
    }
    diag::info("slotcast", "signal: draining; once more ends at once",
               {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
  }
}

}  // namespace slotcast
