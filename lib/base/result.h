#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "lib/base/ensure.h"

// How failure travels. No exception crosses a file boundary here; what can fail returns one of
// these, and the compiler complains when it is ignored.

namespace slotcast {

// What went wrong, named after what the caller has to do about it.
enum class ErrorKind {
  Transient,  // try the same thing again later: network, full disk, a sink that is overloaded
  Rejected,   // this change will never be accepted by this sink; the branch's policy decides
  Corrupt,    // bytes we wrote, or the server sent, break their own format; stop, ask a person
  Invalid,    // the operator's input, or the state of the server, is wrong; refuse to go on
};

const char* name_of(ErrorKind kind);

// An error on its way up. `what` is one English phrase without a full stop; each layer that adds
// knowledge prefixes it: "segment 12: block at 4096: bad checksum".
struct Error {
  ErrorKind kind = ErrorKind::Transient;
  std::string what;

  Error prefixed(const std::string& prefix) const { return {kind, prefix + ": " + what}; }
};

inline Error transient(std::string what) {
  return {ErrorKind::Transient, std::move(what)};
}
inline Error rejected(std::string what) {
  return {ErrorKind::Rejected, std::move(what)};
}
inline Error corrupt(std::string what) {
  return {ErrorKind::Corrupt, std::move(what)};
}
inline Error invalid(std::string what) {
  return {ErrorKind::Invalid, std::move(what)};
}

// Ok, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error)
      : error_(std::move(error)) {}  // NOLINT: implicit, so that `return error;` works

  bool ok() const { return !error_.has_value(); }
  const Error& error() const {
    ENSURE(error_.has_value());
    return *error_;
  }
  Status prefixed(const std::string& prefix) const {
    return ok() ? Status() : Status(error_->prefixed(prefix));
  }

 private:
  std::optional<Error> error_;
};

// A value, or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  T& value() & {
    ENSURE(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    ENSURE(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    ENSURE(ok());
    return std::get<0>(std::move(state_));
  }
  const Error& error() const {
    ENSURE(!ok());
    return std::get<1>(state_);
  }
  Status status() const { return ok() ? Status() : Status(error()); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace slotcast

// Leaves the function with x's error, if it has one.
#define TRY(x)                                                                 \
  do {                                                                         \
    if (auto try_status_ = (x); !try_status_.ok()) return try_status_.error(); \
  } while (false)

#define SLOTCAST_CONCAT_INNER(a, b) a##b
#define SLOTCAST_CONCAT(a, b) SLOTCAST_CONCAT_INNER(a, b)
// TRY_ASSIGN(auto name, expression): declares `name` as the value, or leaves with the error.
#define TRY_ASSIGN(declaration, expression)                   \
  auto SLOTCAST_CONCAT(try_result_, __LINE__) = (expression); \
  if (!SLOTCAST_CONCAT(try_result_, __LINE__).ok())           \
    return SLOTCAST_CONCAT(try_result_, __LINE__).error();    \
  declaration = std::move(SLOTCAST_CONCAT(try_result_, __LINE__)).value()
