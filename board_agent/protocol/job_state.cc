#include "board_agent/protocol/job_state.h"

#include <array>
#include <utility>

namespace mcunas {
namespace {

constexpr std::array<std::pair<JobState, const char*>, 9> kNames = {{
    {JobState::kQueued, "queued"},
    {JobState::kLeased, "leased"},
    {JobState::kFlashing, "flashing"},
    {JobState::kRunning, "running"},
    {JobState::kCollecting, "collecting"},
    {JobState::kDone, "done"},
    {JobState::kFailed, "failed"},
    {JobState::kCancelled, "cancelled"},
    {JobState::kExpired, "expired"},
}};

}  // namespace

const char* JobStateName(JobState state) {
  for (const auto& [value, name] : kNames) {
    if (value == state) return name;
  }
  return "unknown";
}

std::optional<JobState> JobStateFromName(std::string_view name) {
  for (const auto& [value, text] : kNames) {
    if (name == text) return value;
  }
  return std::nullopt;
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
