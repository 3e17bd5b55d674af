#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

// Programs that a test runs.

namespace slotcast::test {

struct CommandResult {
  int exit_code = -1;  // 128 + the signal when it was killed by one
  std::string output;  // both streams, as they came
};

// Who runs it: servers such as PostgreSQL refuse to run as root, and in CI the tests are root.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

// The user of that name when the tests are run by root, else the one who runs them.
User unprivileged_user(const std::string& name);

// Runs it to its end. `argv[0]` is the program, looked up in PATH.
CommandResult run_command(const std::vector<std::string>& argv, User user);
CommandResult run_command(const std::vector<std::string>& argv);

// Starts it and returns its id. Both streams go to the file `log`. It is sent `death_signal` when
// the test dies, so that nothing is left behind.
pid_t start_command(const std::vector<std::string>& argv, User user, const std::string& log,
                    int death_signal);

}  // namespace slotcast::test
