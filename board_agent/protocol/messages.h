// Messages between AgentClient and mcunas-agent: plain values and their strict JSON form.
//
// Parsing refuses unknown, missing, duplicate and ill-typed fields, numbers out of range and
// malformed text, with one sentence that names the field (kUsage). Writing never fails. Nothing
// here knows HTTP. Thread rule: plain values. Every route is listed in protocol/routes.h and
// described in openapi.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "board_agent/protocol/job_state.h"
#include "common/expected.h"

namespace mcunas {

enum class JobKind {
  kLatency,   // ticks of whole inferences
  kValidate,  // the same, and golden_crc32 must be given and match
  kProfile,   // the same as kLatency, and per-operator ticks must be there
};
const char* JobKindName(JobKind kind);  // "latency", "validate", "profile"

// Body of POST /v1/jobs.
struct JobRequest {
  std::string
      idempotency_key;  // 1..200 printable ASCII characters without spaces; same key = same job
  std::string blob;     // SHA-256 of the firmware ELF, 64 lower-case hexadecimal digits
  std::string board;    // name of one board, or of a board class: any board of it
  JobKind kind = JobKind::kLatency;
  int repetitions = 20;   // least number of timed repetitions the result must hold, 1..64
  double timeout_s = 60;  // of one attempt on the board, (0, 3600]
  double expires_s = 0;   // gives up when still queued after this long; 0 = waits for ever
  std::optional<uint32_t> golden_crc32;  // IEEE 802.3, of the expected output bytes
  std::string network_hash;              // 32 hexadecimal digits; the image must report the same

  bool operator==(const JobRequest&) const = default;
};

// Why a job ended without a result. Kinds are those of board_agent/runner/runner.h, and
//   infrastructure: agent_restarted, wrong_image (the block names another network)
struct JobFailure {
  bool candidate = false;  // true: a fact about the image; false: the bench's fault
  std::string kind;
  std::string message;

  bool operator==(const JobFailure&) const = default;
};

// What the firmware reported. Mirrors Measurement of nas/evaluate, which this folder may not see.
struct JobResult {
  std::string board;           // name of the board that ran it
  std::string board_class;     // "qemu-m7"
  bool is_virtual = false;     // true: counts come from an emulator
  std::string unit;            // of ticks: "instructions" or "cycles"
  std::vector<int64_t> ticks;  // one per repetition, as measured
  std::vector<int64_t> operator_ticks;
  int64_t profiled_ticks = 0;
  int64_t clock_hz = 0;
  int64_t stack_peak_bytes = 0;
  int64_t arena_peak_bytes = 0;
  uint32_t output_crc32 = 0;
  int warmup = 0;
  uint32_t nonce = 0;  // of the attempt, echoed by the firmware
  std::string network_hash;
  std::string tool;  // program, version, machine

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
  std::optional<JobFailure>
      failure;                      // of a failed job; of the last attempt while it is queued again
  std::optional<JobResult> result;  // exactly when done

  bool operator==(const JobStatus&) const = default;
};

// One board as GET /v1/boards lists it.
struct BoardInfo {
  std::string name;
  std::string board_class;
  bool is_virtual = false;
  std::string state;   // idle, busy, suspect, quarantined, draining, missing
  std::string reason;  // why it is not usable; empty when it is
  std::string description;
  std::string job;             // id of the job on it; empty when none
  int64_t jobs_done = 0;       // since the agent started: results and candidate failures
  int64_t infra_failures = 0;  // since the agent started
  int64_t queued = 0;          // jobs that this board could take now

  bool operator==(const BoardInfo&) const = default;
};

// Body of every reply that is not a success.
struct ApiError {
  std::string code;     // stable: "unknown_board", "queue_full", ...
  std::string message;  // one sentence for a person

  bool operator==(const ApiError&) const = default;
};

std::string JobRequestToJson(const JobRequest& request);
Expected<JobRequest> JobRequestFromJson(std::string_view text);

std::string JobStatusToJson(const JobStatus& status);
Expected<JobStatus> JobStatusFromJson(std::string_view text);
// {"jobs": [...], "unknown": ["id", ...]}; unknown ids are ids this agent never heard of.
struct JobList {
  std::vector<JobStatus> jobs;
  std::vector<std::string> unknown;
};
std::string JobListToJson(const JobList& list);
Expected<JobList> JobListFromJson(std::string_view text);

std::string JobResultToJson(const JobResult& result);
Expected<JobResult> JobResultFromJson(std::string_view text);
std::string JobFailureToJson(const JobFailure& failure);
Expected<JobFailure> JobFailureFromJson(std::string_view text);

// {"boards": [...]}
std::string BoardsToJson(const std::vector<BoardInfo>& boards);
Expected<std::vector<BoardInfo>> BoardsFromJson(std::string_view text);

// {"error": {"code", "message"}}
std::string ApiErrorToJson(const ApiError& error);
Expected<ApiError> ApiErrorFromJson(std::string_view text);

// {"state": state}: the body of /healthz and of an accepted blob.
std::string SimpleStateToJson(std::string_view state);

}  // namespace mcunas
