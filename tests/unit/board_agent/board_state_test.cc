#include "board_agent/bench/board_state.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

using enum BoardState;
using enum BoardEvent;
using std::chrono::milliseconds;

HealthPolicy Policy() {
  HealthPolicy policy;
  policy.quarantine_after = 3;
  policy.first_wait = milliseconds(100);
  policy.longest_wait = milliseconds(1000);
  return policy;
}

BoardHealth At(BoardState state, int failures = 0, bool drain = false) {
  BoardHealth health;
  health.state = state;
  health.consecutive_failures = failures;
  health.drain_requested = drain;
  return health;
}

BoardHealth After(const BoardHealth& health, BoardEvent event, const std::string& why = "") {
  return Next(health, event, why, Policy());
}

struct Transition {
  BoardState from;
  BoardEvent event;
  BoardState to;
};

// The whole table, for a board without failures that nobody wants to drain.
constexpr Transition kTable[] = {
    {kIdle, kLeased, kBusy},
    {kIdle, kAbsent, kMissing},
    {kIdle, kPresent, kIdle},
    {kIdle, kTrialPassed, kIdle},
    {kIdle, kTrialFailed, kSuspect},
    {kIdle, kDrain, kDraining},
    {kIdle, kResume, kIdle},
    {kBusy, kJobSucceeded, kIdle},
    {kBusy, kJobReleased, kIdle},
    {kBusy, kJobInfraFailed, kSuspect},
    {kBusy, kAbsent, kMissing},
    {kBusy, kPresent, kBusy},
    {kBusy, kTrialPassed, kBusy},
    {kBusy, kTrialFailed, kBusy},
    {kBusy, kDrain, kBusy},
    {kBusy, kResume, kBusy},
    {kSuspect, kAbsent, kMissing},
    {kSuspect, kPresent, kIdle},
    {kSuspect, kTrialPassed, kIdle},
    {kSuspect, kTrialFailed, kSuspect},
    {kSuspect, kDrain, kDraining},
    {kSuspect, kResume, kSuspect},
    {kQuarantined, kAbsent, kMissing},
    {kQuarantined, kPresent, kIdle},
    {kQuarantined, kTrialPassed, kIdle},
    {kQuarantined, kDrain, kDraining},
    {kQuarantined, kResume, kQuarantined},
    {kDraining, kAbsent, kDraining},
    {kDraining, kPresent, kDraining},
    {kDraining, kTrialPassed, kDraining},
    {kDraining, kTrialFailed, kDraining},
    {kDraining, kDrain, kDraining},
    {kDraining, kResume, kSuspect},
    {kMissing, kAbsent, kMissing},
    {kMissing, kPresent, kIdle},
    {kMissing, kTrialPassed, kIdle},
    {kMissing, kTrialFailed, kSuspect},
    {kMissing, kDrain, kDraining},
    {kMissing, kResume, kMissing},
};

TEST(BoardStates, EveryTransitionOfTheTable) {
  for (const Transition& t : kTable) {
    EXPECT_TRUE(IsLegal(At(t.from), t.event));
    EXPECT_EQ(After(At(t.from), t.event).state, t.to)
        << BoardStateName(t.from) << " event " << static_cast<int>(t.event);
  }
}

TEST(BoardStates, JobEventsBelongToBusyBoards) {
  for (BoardState state : {kIdle, kSuspect, kQuarantined, kDraining, kMissing}) {
    for (BoardEvent event : {kJobSucceeded, kJobReleased, kJobInfraFailed}) {
      EXPECT_FALSE(IsLegal(At(state), event));
    }
    EXPECT_EQ(IsLegal(At(state), kLeased), state == kIdle);
    EXPECT_EQ(CanLease(At(state)), state == kIdle);
  }
  EXPECT_FALSE(IsLegal(At(kBusy), kLeased));
  EXPECT_DEATH(After(At(kIdle), kJobSucceeded), "board event fits the state");
}

TEST(BoardStates, TheThirdFailureInARowQuarantines) {
  BoardHealth health;
  for (int failure = 1; failure <= 3; ++failure) {
    health = After(After(health, kLeased), kJobInfraFailed, "flash_failed");
    EXPECT_EQ(health.state, failure < 3 ? kSuspect : kQuarantined);
    EXPECT_EQ(health.reason, "flash_failed");
    if (failure < 3) health = After(health, kTrialPassed);
  }
}

TEST(BoardStates, ASuccessClearsTheCountATrialDoesNot) {
  BoardHealth health = After(At(kSuspect, 2), kTrialPassed);
  EXPECT_EQ(health.consecutive_failures, 2);
  health = After(After(health, kLeased), kJobSucceeded);
  EXPECT_EQ(health.consecutive_failures, 0);
  EXPECT_EQ(health.reason, "");
}

TEST(BoardStates, AReleasedQuarantineIsOneFailureFromTheNext) {
  BoardHealth health = After(At(kQuarantined, 3), kTrialPassed);
  ASSERT_EQ(health.state, kIdle);
  health = After(After(health, kLeased), kJobInfraFailed, "again");
  EXPECT_EQ(health.state, kQuarantined);
  EXPECT_EQ(health.consecutive_failures, 4);
}

TEST(BoardStates, FailedTrialsLeadToQuarantine) {
  BoardHealth health = At(kSuspect, 1);
  health = After(health, kTrialFailed, "canary");
  EXPECT_EQ(health.state, kSuspect);
  health = After(health, kTrialFailed, "canary");
  EXPECT_EQ(health.state, kQuarantined);
  health = After(health, kTrialFailed, "canary");
  EXPECT_EQ(health.state, kQuarantined);
}

TEST(BoardStates, ABusyBoardDrainsAfterItsJobHoweverThatEnds) {
  const BoardHealth busy = After(At(kBusy), kDrain);
  EXPECT_EQ(busy.state, kBusy);
  for (BoardEvent end : {kJobSucceeded, kJobReleased, kJobInfraFailed, kAbsent}) {
    const BoardHealth ended = After(busy, end, "x");
    EXPECT_EQ(ended.state, kDraining);
    EXPECT_FALSE(ended.drain_requested);
  }
  EXPECT_EQ(After(After(busy, kResume), kJobSucceeded).state, kIdle) << "resumed in time";
}

TEST(BoardStates, WaitsDoubleUpToTheLongest) {
  const HealthPolicy policy = Policy();
  EXPECT_EQ(WaitBeforeProbe(At(kSuspect, 0), policy), milliseconds(0));
  EXPECT_EQ(WaitBeforeProbe(At(kSuspect, 1), policy), milliseconds(100));
  EXPECT_EQ(WaitBeforeProbe(At(kSuspect, 2), policy), milliseconds(200));
  EXPECT_EQ(WaitBeforeProbe(At(kQuarantined, 4), policy), milliseconds(800));
  EXPECT_EQ(WaitBeforeProbe(At(kQuarantined, 5), policy), milliseconds(1000));
  EXPECT_EQ(WaitBeforeProbe(At(kQuarantined, 1'000'000), policy), milliseconds(1000));
  EXPECT_EQ(WaitBeforeProbe(At(kIdle), policy), policy.probe_interval);
  EXPECT_EQ(WaitBeforeProbe(At(kMissing, 9), policy), policy.missing_interval);
  EXPECT_GT(WaitBeforeProbe(At(kBusy), policy), std::chrono::hours(24));
  EXPECT_GT(WaitBeforeProbe(At(kDraining), policy), std::chrono::hours(24));
}

TEST(BoardStates, OnlyBoardsInTroubleNeedTheCanary) {
  EXPECT_TRUE(NeedsTrial(At(kSuspect)));
  EXPECT_TRUE(NeedsTrial(At(kQuarantined, 3)));
  EXPECT_TRUE(NeedsTrial(At(kMissing, 1)));
  EXPECT_FALSE(NeedsTrial(At(kMissing)));
  EXPECT_FALSE(NeedsTrial(At(kIdle, 2)));
}

}  // namespace
}  // namespace mcunas
