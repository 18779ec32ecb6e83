// A value or a sentence that says why there is none. `lib` and `runtime` return it; they never print, exit or throw.
#ifndef VSPEC_SUPPORT_RESULT_H
#define VSPEC_SUPPORT_RESULT_H
#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace vspec {

/// Why something failed: lower case, no full stop, names the file and the place, what was found and what was expected.
struct Error {
  std::string message;
};

template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : held(std::move(value)) {}
  Result(Error error) : reason(std::move(error)) {}

  explicit operator bool() const { return held.has_value(); }
  T &operator*() { return assert(held), *held; }
  const T &operator*() const { return assert(held), *held; }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }
  const Error &error() const { return assert(!held), reason; }

private:
  std::optional<T> held;
  Error reason;
};

template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : reason(std::move(error)) {}

  explicit operator bool() const { return !reason.has_value(); }
  const Error &error() const { return assert(reason), *reason; }

private:
  std::optional<Error> reason;
};

} // namespace vspec
#endif
