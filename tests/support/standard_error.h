#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "lib/base/ensure.h"

namespace slotcast::test {

// What `act` writes to standard error.
template <class Act>
std::string said_by(Act act) {
  std::FILE* const file = std::tmpfile();
  const int before = ::dup(STDERR_FILENO);
  ENSURE(file != nullptr && before >= 0);
  std::fflush(stderr);
  ::dup2(::fileno(file), STDERR_FILENO);
  act();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  std::string text(static_cast<std::size_t>(::lseek(::fileno(file), 0, SEEK_END)), '\0');
  ENSURE(::pread(::fileno(file), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  std::fclose(file);
  return text;
}

}  // namespace slotcast::test
