#include "board_agent/bench/board_state.h"

#include <algorithm>

#include "common/check.h"
#include "common/names.h"

namespace mcunas {
namespace {

// Not max(): callers convert it to finer units.
constexpr std::chrono::milliseconds kNever = std::chrono::hours(24 * 365);

BoardHealth AfterJob(BoardHealth health, BoardState state) {
  health.state = health.drain_requested ? BoardState::kDraining : state;
  health.drain_requested = false;
  return health;
}

BoardHealth AfterFailure(BoardHealth health, const std::string& reason,
                         const HealthPolicy& policy) {
  ++health.consecutive_failures;
  health.reason = reason;
  const bool often = health.consecutive_failures >= policy.quarantine_after;
  return AfterJob(std::move(health), often ? BoardState::kQuarantined : BoardState::kSuspect);
}

BoardHealth AfterDrain(BoardHealth health) {
  if (health.state == BoardState::kBusy) {
    health.drain_requested = true;
  } else {
    health.state = BoardState::kDraining;
  }
  return health;
}

BoardHealth AfterResume(BoardHealth health) {
  health.drain_requested = false;
  if (health.state == BoardState::kDraining) health.state = BoardState::kSuspect;
  return health;
}

BoardHealth BackInService(BoardHealth health) {
  if (health.state != BoardState::kBusy && health.state != BoardState::kDraining) {
    health.state = BoardState::kIdle;
    health.reason.clear();
  }
  return health;
}

}  // namespace

const char* BoardStateName(BoardState state) { return NameOf(kBoardStates, state); }

bool IsLegal(const BoardHealth& health, BoardEvent event) {
  switch (event) {
    case BoardEvent::kLeased:
      return CanLease(health);
    case BoardEvent::kJobSucceeded:
    case BoardEvent::kJobReleased:
    case BoardEvent::kJobInfraFailed:
      return health.state == BoardState::kBusy;
    case BoardEvent::kAbsent:
    case BoardEvent::kPresent:
    case BoardEvent::kTrialPassed:
    case BoardEvent::kTrialFailed:
    case BoardEvent::kDrain:
    case BoardEvent::kResume:
      return true;
  }
  MCUNAS_CHECK(false, "a board event of no known kind");
}

BoardHealth Next(const BoardHealth& health, BoardEvent event, const std::string& reason,
                 const HealthPolicy& policy) {
  MCUNAS_CHECK(IsLegal(health, event), "board event fits the state");
  BoardHealth next = health;
  switch (event) {
    case BoardEvent::kLeased:
      next.state = BoardState::kBusy;
      return next;
    case BoardEvent::kJobSucceeded:
      next.consecutive_failures = 0;
      next.reason.clear();
      return AfterJob(next, BoardState::kIdle);
    case BoardEvent::kJobReleased:
      return AfterJob(next, BoardState::kIdle);
    case BoardEvent::kJobInfraFailed:
      return AfterFailure(next, reason, policy);
    case BoardEvent::kAbsent:
      next.reason = reason;
      if (next.state == BoardState::kDraining) return next;
      return AfterJob(next, BoardState::kMissing);
    case BoardEvent::kPresent:
    case BoardEvent::kTrialPassed:
      return BackInService(next);
    case BoardEvent::kTrialFailed:
      if (next.state == BoardState::kBusy || next.state == BoardState::kDraining) return next;
      return AfterFailure(next, reason, policy);
    case BoardEvent::kDrain:
      return AfterDrain(next);
    case BoardEvent::kResume:
      return AfterResume(next);
  }
  MCUNAS_CHECK(false, "a board event of no known kind");
}

bool CanLease(const BoardHealth& health) { return health.state == BoardState::kIdle; }

std::chrono::milliseconds WaitBeforeProbe(const BoardHealth& health, const HealthPolicy& policy) {
  switch (health.state) {
    case BoardState::kBusy:
    case BoardState::kDraining:
      return kNever;
    case BoardState::kIdle:
      return policy.probe_interval;
    case BoardState::kMissing:
      return policy.missing_interval;
    case BoardState::kSuspect:
    case BoardState::kQuarantined:
      break;
  }
  if (health.consecutive_failures == 0) return std::chrono::milliseconds(0);  // just resumed
  const int doublings = std::min(health.consecutive_failures - 1, 20);
  return std::min(policy.longest_wait, policy.first_wait * (int64_t{1} << doublings));
}

bool NeedsTrial(const BoardHealth& health) {
  return health.state == BoardState::kSuspect || health.state == BoardState::kQuarantined ||
         (health.state == BoardState::kMissing && health.consecutive_failures > 0);
}

}  // namespace mcunas
