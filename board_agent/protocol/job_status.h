// JobStatus: how far a job is, with its result or why there is none, and their strict JSON forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board_agent/protocol/job_state.h"
#include "common/board_counts.h"
#include "common/board_failure.h"
#include "common/expected.h"

namespace mcunas {

// What the firmware reported, and where.
struct JobResult : BoardCounts {
  std::string board;        // name of the board that ran it
  std::string board_class;  // "qemu-m7"
  bool is_virtual = false;  // true: counts come from an emulator
  uint32_t nonce = 0;       // of the attempt, echoed by the firmware
  std::string network_hash;

  bool operator==(const JobResult&) const = default;
};

// Reply to everything that speaks of one job.
struct JobStatus {
  std::string id;  // opaque, never reused, also not after the agent's state was wiped
  std::string idempotency_key;
  JobState state = JobState::kQueued;
  int attempt = 0;      // number of leases so far
  std::string board;    // where the current or last attempt runs; empty before the first
  double created = 0;   // seconds since 1970
  double finished = 0;  // 0 while not final
  // Of a failed job; of the last attempt while it is queued again.
  std::optional<BoardFailure> failure;
  std::optional<JobResult> result;  // exactly when done

  bool operator==(const JobStatus&) const = default;
};

// {"jobs": [...], "unknown": ["id", ...]}; unknown ids are ids this agent never heard of.
struct JobList {
  std::vector<JobStatus> jobs;
  std::vector<std::string> unknown;
};

std::string JobResultToJson(const JobResult& result);
Expected<JobResult> JobResultFromJson(std::string_view text);

// {"class", "kind", "message"}. A kind that this version does not know, or knows to be of the other
// class, is read as FailureKind::kUnknown with its name in front of the message.
std::string FailureToJson(const BoardFailure& failure);
Expected<BoardFailure> FailureFromJson(std::string_view text);

std::string JobStatusToJson(const JobStatus& status);
Expected<JobStatus> JobStatusFromJson(std::string_view text);
std::string JobListToJson(const JobList& list);
Expected<JobList> JobListFromJson(std::string_view text);

}  // namespace mcunas
