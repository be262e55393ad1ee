// Expected<T>: a value, or the Error that a user, file, board or candidate caused.
//
// Our own bugs do not travel this way: they stop loudly through MCUNAS_CHECK (common/check.h).
// Thread rule: plain values, no shared state.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace mcunas {

// What the caller has to decide; main() maps it to the exit codes of the command line.
enum class ErrorCode {
  kUsage,        // wrong command line, config or input file: exit 2
  kNotFound,     // a named file, run or board does not exist: exit 2
  kCorrupt,      // a file exists but its content is broken: exit 2
  kUnsupported,  // understood, but outside what this version does: exit 2
  kInfeasible,   // nothing satisfies the limits: exit 3
  kBoard,        // a board or its tools failed for good: exit 4
  kUnavailable,  // an agent or resource is away; the same call may work later: exit 75
  kIo,           // the file system refused (disk full, permissions): exit 75
  kInterrupted,  // the user stopped it, state is saved: exit 130
};

int ExitCodeFor(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kUsage;
  std::string message;  // one clear sentence, ready to show to a person

  // The same error seen from one level up: "context: message".
  Error WithContext(const std::string& context) const { return {code, context + ": " + message}; }
};

// Our own bug: the value of an Expected that holds an error, or the error of one that holds none.
[[noreturn]] void StopWithoutValue(const Error& error);
[[noreturn]] void StopWithoutError();

template <typename T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only legal while ok(); anything else is our own bug and stops.
  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Expected*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }
  T& operator*() & { return Checked(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(Checked()); }
  T* operator->() { return &Checked(); }
  const T* operator->() const { return &value(); }

  // Only legal while !ok().
  const Error& error() const {
    if (ok()) StopWithoutError();
    return std::get<1>(state_);
  }

 private:
  T& Checked() {
    if (!ok()) StopWithoutValue(std::get<1>(state_));
    return std::get<0>(state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Expected<void> {
 public:
  Expected() = default;
  Expected(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    if (ok_) StopWithoutError();
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace mcunas
