#include "common/board_failure.h"

#include "common/names.h"

namespace mcunas {

const char* FailureKindName(FailureKind kind) { return NameOf(kFailures, kind); }

FailureKind FailureKindFromName(std::string_view name) {
  return ValueOf(kFailures, name).value_or(FailureKind::kUnknown);
}

bool BlamesCandidate(FailureKind kind) {
  return RowOf(kFailures, kind).blame == FailureBlame::kCandidate;
}

bool IsWorthRetrying(FailureKind kind) {
  return RowOf(kFailures, kind).blame == FailureBlame::kBench;
}

std::string TextOf(const BoardFailure& failure) {
  return FailureKindName(failure.kind) + (": " + failure.message);
}

const char* FailureSideName(FailureKind kind) {
  return BlamesCandidate(kind) ? "candidate" : "infrastructure";
}

}  // namespace mcunas
