// MCUNAS_CHECK: an invariant of our own code. A violation is a bug: it prints and aborts, always.
#pragma once

#include <string_view>

namespace mcunas {

// Prints "file:line: check failed: condition: message" to stderr and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);

}  // namespace mcunas

#define MCUNAS_CHECK(condition, message) \
  ((condition) ? void(0) : ::mcunas::CheckFailed(__FILE__, __LINE__, #condition, (message)))
