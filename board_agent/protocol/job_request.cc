#include "board_agent/protocol/job_request.h"

#include <algorithm>

#include "board_agent/protocol/checksum.h"
#include "board_agent/protocol/field_reader.h"
#include "common/hash.h"
#include "common/names.h"

namespace mcunas {
namespace {

using nlohmann::json;

bool IsKey(const std::string& key) {
  return !key.empty() && key.size() <= 200 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

Expected<JobRequest> ReadRequest(const json& object) {
  JobRequest q;
  FieldReader reader(object, "job");
  std::string kind;
  reader.Text("idempotency_key", q.idempotency_key);
  reader.Text("blob", q.blob);
  reader.Text("board", q.board);
  reader.Text("kind", kind);
  reader.Integer("repetitions", q.repetitions, 1, 64, false);
  reader.Real("timeout_s", q.timeout_s, 0.001, 3600, false);
  reader.Real("expires_s", q.expires_s, 0, 1e9, false);
  if (reader.Has("golden_crc32")) {
    reader.Integer("golden_crc32", q.golden_crc32.emplace(), 0, UINT32_MAX);
  }
  reader.Text("network_hash", q.network_hash);
  Hash128 hash;
  reader.Require(IsKey(q.idempotency_key),
                 "field 'idempotency_key' must be 1 to 200 printable characters without spaces");
  reader.Require(IsSha256Hex(q.blob), "field 'blob' must be 64 lower-case hexadecimal digits");
  reader.Require(ParseHash(q.network_hash, &hash),
                 "field 'network_hash' must be 32 hexadecimal digits");
  reader.Require(!q.board.empty(), "field 'board' must not be empty");
  const std::optional<JobKind> known = ValueOf(kJobKinds, kind);
  reader.Require(known.has_value(), "field 'kind' must be latency, validate or profile");
  q.kind = known.value_or(JobKind::kLatency);
  reader.Require(q.kind != JobKind::kValidate || q.golden_crc32.has_value(),
                 "kind validate needs field 'golden_crc32'");
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  return q;
}

}  // namespace

std::string JobRequestToJson(const JobRequest& q) {
  json object = {{"idempotency_key", q.idempotency_key},
                 {"blob", q.blob},
                 {"board", q.board},
                 {"kind", NameOf(kJobKinds, q.kind)},
                 {"repetitions", q.repetitions},
                 {"timeout_s", q.timeout_s},
                 {"expires_s", q.expires_s},
                 {"network_hash", q.network_hash}};
  if (q.golden_crc32) object["golden_crc32"] = *q.golden_crc32;
  return DumpJson(object);
}

Expected<JobRequest> JobRequestFromJson(std::string_view text) {
  return ParseAs<JobRequest>(text, ReadRequest);
}

}  // namespace mcunas
