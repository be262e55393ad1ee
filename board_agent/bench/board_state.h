// The health of one board as a pure state machine: events in, state out, no clock of its own.
//
//   idle --lease--> busy --success, candidate failure--> idle
//                   busy --infrastructure failure--> suspect, or quarantined at the N-th in a row
//   suspect, quarantined --trial passed--> idle (the count of failures stays until a job
//                   succeeds, so the next infrastructure failure of a quarantined board
//                   quarantines it again)
//   suspect, quarantined --trial failed--> quarantined, when it comes to N
//   any but busy --board absent--> missing --board present--> idle
//   any --drain--> draining (a busy board finishes its job first)
//       --resume--> suspect --trial--> idle
//
// A candidate failure says the bench works: it clears the count like a success. The waits before
// trials grow exponentially with the count (a circuit breaker: Nygard, Release It!, ch. 5). Thread
// rule: plain values.
#pragma once

#include <chrono>
#include <string>

#include "common/named.h"

namespace mcunas {

enum class BoardState { kIdle, kBusy, kSuspect, kQuarantined, kDraining, kMissing };
inline constexpr Named<BoardState> kBoardStates[] = {
    {BoardState::kIdle, "idle"},         {BoardState::kBusy, "busy"},
    {BoardState::kSuspect, "suspect"},   {BoardState::kQuarantined, "quarantined"},
    {BoardState::kDraining, "draining"}, {BoardState::kMissing, "missing"},
};
const char* BoardStateName(BoardState state);

enum class BoardEvent {
  kLeased,        // only legal while CanLease
  kJobSucceeded,  // only legal while busy; candidate failures too
  kJobReleased,   // busy, the job ended without a verdict on the board (cancelled, agent stopping)
  kJobInfraFailed,  // only legal while busy
  kAbsent,          // Probe() says it is not there; while busy: the job was lost with it
  kPresent,         // Probe() says it is there, no trial was needed
  kTrialPassed,     // Probe() and canary passed
  kTrialFailed,     // Probe() passed, canary did not
  kDrain,
  kResume,
};

struct HealthPolicy {
  int quarantine_after = 3;                   // infrastructure failures in a row
  std::chrono::milliseconds first_wait{500};  // before the first trial of a suspect board
  std::chrono::milliseconds longest_wait{60'000};
  std::chrono::milliseconds probe_interval{10'000};   // between looks at idle boards
  std::chrono::milliseconds missing_interval{1'000};  // between looks at missing boards
};

struct BoardHealth {
  BoardState state = BoardState::kIdle;
  int consecutive_failures = 0;
  bool drain_requested = false;  // while busy: becomes draining at the end of the job
  std::string reason;            // of the last trouble; empty while all is well

  bool operator==(const BoardHealth&) const = default;
};

// Is the event legal in this state? Probes and drains always are; job events see above.
bool IsLegal(const BoardHealth& health, BoardEvent event);

// The health after the event; `reason` says what was wrong and is kept while it matters. An illegal
// event is our own bug and stops.
BoardHealth Next(const BoardHealth& health, BoardEvent event, const std::string& reason,
                 const HealthPolicy& policy);

bool CanLease(const BoardHealth& health);

// After which wait (since the last event) the board must be looked at; a year = never.
std::chrono::milliseconds WaitBeforeProbe(const BoardHealth& health, const HealthPolicy& policy);

// Does the next look have to include the canary, not only Probe()?
bool NeedsTrial(const BoardHealth& health);

}  // namespace mcunas
