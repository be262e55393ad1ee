#include "board_agent/protocol/job_state.h"

#include "common/names.h"

namespace mcunas {

const char* JobStateName(JobState state) { return NameOf(kJobStates, state); }

std::optional<JobState> JobStateFromName(std::string_view name) {
  return ValueOf(kJobStates, name);
}

bool IsFinal(JobState state) { return state >= JobState::kDone; }

bool IsActive(JobState state) {
  return state >= JobState::kLeased && state <= JobState::kCollecting;
}

bool IsLegalTransition(JobState from, JobState to) {
  if (IsFinal(from) || from == to) return false;
  if (from == JobState::kQueued) {
    return to == JobState::kLeased || to == JobState::kCancelled || to == JobState::kExpired ||
           to == JobState::kFailed;
  }
  if (to == JobState::kQueued || to == JobState::kFailed || to == JobState::kCancelled) return true;
  if (to == JobState::kDone) return from == JobState::kCollecting;
  return IsActive(to) && to > from;
}

}  // namespace mcunas
