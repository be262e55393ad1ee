// The life of a job: queued -> leased -> flashing -> running -> collecting -> done | failed |
// cancelled | expired. Anything in between falls back to queued when the bench failed and attempts
// are left.
#pragma once

#include <optional>
#include <string_view>

#include "common/named.h"

namespace mcunas {

enum class JobState {
  kQueued,
  kLeased,    // a board has been chosen, nothing has been started yet
  kFlashing,  // the image is being written (pyocd only)
  kRunning,
  kCollecting,  // the block is being judged
  kDone,
  kFailed,
  kCancelled,
  kExpired,  // its own expires_s struck while it was queued
};

inline constexpr Named<JobState> kJobStates[] = {
    {JobState::kQueued, "queued"},         {JobState::kLeased, "leased"},
    {JobState::kFlashing, "flashing"},     {JobState::kRunning, "running"},
    {JobState::kCollecting, "collecting"}, {JobState::kDone, "done"},
    {JobState::kFailed, "failed"},         {JobState::kCancelled, "cancelled"},
    {JobState::kExpired, "expired"},
};
const char* JobStateName(JobState state);
std::optional<JobState> JobStateFromName(std::string_view name);

// Final states never change again.
bool IsFinal(JobState state);
// On a board: these become queued again when the agent restarts.
bool IsActive(JobState state);
// May a job go from one state to the other? A state to itself: no.
bool IsLegalTransition(JobState from, JobState to);

}  // namespace mcunas
