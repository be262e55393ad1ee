// JobRequest: what a client asks an agent to run, and its strict JSON form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/expected.h"
#include "common/named.h"

namespace mcunas {

enum class JobKind {
  kLatency,   // ticks of whole inferences
  kValidate,  // the same, and golden_crc32 must be given and match
  kProfile,   // the same as kLatency, and per-operator ticks must be there
};
inline constexpr Named<JobKind> kJobKinds[] = {{JobKind::kLatency, "latency"},
                                               {JobKind::kValidate, "validate"},
                                               {JobKind::kProfile, "profile"}};

// Body of POST /v1/jobs.
struct JobRequest {
  // 1..200 printable ASCII characters without spaces; same key = same job.
  std::string idempotency_key;
  std::string blob;   // SHA-256 of the firmware ELF, 64 lower-case hexadecimal digits
  std::string board;  // name of one board, or of a board class: any board of it
  JobKind kind = JobKind::kLatency;
  int repetitions = 20;   // least number of timed repetitions the result must hold, 1..64
  double timeout_s = 60;  // of one attempt on the board, (0, 3600]
  double expires_s = 0;   // gives up when still queued after this long; 0 = waits for ever
  std::optional<uint32_t> golden_crc32;  // IEEE 802.3, of the expected output bytes
  std::string network_hash;              // 32 hexadecimal digits; the image must report the same

  bool operator==(const JobRequest&) const = default;
};

std::string JobRequestToJson(const JobRequest& request);
Expected<JobRequest> JobRequestFromJson(std::string_view text);

}  // namespace mcunas
