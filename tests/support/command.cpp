#include "tests/support/command.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace slotcast::test {
namespace {

// In the child, after fork(): only calls that are safe there, and argv was made before.
[[noreturn]] void become(char* const* argv, User user, int output, int death_signal) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (::geteuid() == 0 && user.uid != 0) {
    const bool changed =
        ::setgroups(0, nullptr) == 0 && ::setgid(user.gid) == 0 && ::setuid(user.uid) == 0;
    if (!changed) ::_exit(126);
  }
  // After setuid(), which would clear it.
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (::chdir("/") != 0) ::_exit(126);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& argv, User user, int output, int death_signal) {
  std::vector<char*> raw;
  for (const std::string& argument : argv) raw.push_back(const_cast<char*>(argument.c_str()));
  raw.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(raw.data(), user, output, death_signal);
  return child;
}

}  // namespace

User unprivileged_user(const std::string& name) {
  if (::geteuid() != 0) return {::geteuid(), ::getegid()};
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) throw std::runtime_error("no user " + name + " on this machine");
  return {entry->pw_uid, entry->pw_gid};
}

CommandResult run_command(const std::vector<std::string>& argv, User user) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = spawn(argv, user, ends[1], SIGKILL);
  ::close(ends[1]);
  CommandResult result;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    result.output.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

CommandResult run_command(const std::vector<std::string>& argv) {
  return run_command(argv, {::geteuid(), ::getegid()});
}

pid_t start_command(const std::vector<std::string>& argv, User user, const std::string& log,
                    int death_signal) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) throw std::runtime_error("cannot write " + log);
  const pid_t child = spawn(argv, user, output, death_signal);
  ::close(output);
  return child;
}

}  // namespace slotcast::test
