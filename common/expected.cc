#include "common/expected.h"

#include "common/check.h"

namespace mcunas {

int ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kNotFound:
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
      return 2;
    case ErrorCode::kInfeasible:
      return 3;
    case ErrorCode::kBoard:
      return 4;
    case ErrorCode::kUnavailable:
    case ErrorCode::kIo:
      return 75;
    case ErrorCode::kInterrupted:
      return 130;
  }
  return 1;
}

void StopWithoutValue(const Error& error) {
  CheckFailed(__FILE__, __LINE__, "an Expected holds a value", error.message);
}

void StopWithoutError() {
  CheckFailed(__FILE__, __LINE__, "an Expected holds an error", "it holds a value");
}

}  // namespace mcunas
