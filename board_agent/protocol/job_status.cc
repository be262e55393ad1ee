#include "board_agent/protocol/job_status.h"

#include "board_agent/protocol/field_reader.h"

namespace mcunas {
namespace {

using nlohmann::json;

json FailureObject(const BoardFailure& failure) {
  return {{"class", FailureSideName(failure.kind)},
          {"kind", FailureKindName(failure.kind)},
          {"message", failure.message}};
}

Expected<BoardFailure> ReadFailure(const json& object) {
  BoardFailure failure;
  FieldReader reader(object, "failure");
  std::string side, kind;
  reader.Text("class", side);
  reader.Text("kind", kind);
  reader.Text("message", failure.message);
  reader.Require(side == "candidate" || side == "infrastructure",
                 "field 'class' must be candidate or infrastructure");
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  failure.kind = FailureKindFromName(kind);
  // Of a newer agent: delays, and never counts against a network.
  const bool known = kind == FailureKindName(failure.kind) && side == FailureSideName(failure.kind);
  if (!known) failure = {FailureKind::kUnknown, kind + ": " + failure.message};
  return failure;
}

json ResultToJson(const JobResult& r) {
  return {{"board", r.board},
          {"board_class", r.board_class},
          {"virtual", r.is_virtual},
          {"unit", r.unit},
          {"ticks", r.ticks},
          {"operator_ticks", r.operator_ticks},
          {"profiled_ticks", r.profiled_ticks},
          {"clock_hz", r.clock_hz},
          {"stack_peak_bytes", r.stack_peak_bytes},
          {"arena_peak_bytes", r.arena_peak_bytes},
          {"output_crc32", r.output_crc32},
          {"warmup", r.warmup},
          {"nonce", r.nonce},
          {"network_hash", r.network_hash},
          {"tool", r.tool}};
}

Expected<JobResult> ReadResult(const json& object) {
  JobResult r;
  FieldReader reader(object, "result");
  reader.Text("board", r.board);
  reader.Text("board_class", r.board_class);
  reader.Boolean("virtual", r.is_virtual);
  reader.Text("unit", r.unit);
  reader.Integers("ticks", r.ticks);
  reader.Integers("operator_ticks", r.operator_ticks);
  reader.Integer("profiled_ticks", r.profiled_ticks, 0, kMaxInteger);
  reader.Integer("clock_hz", r.clock_hz, 0, kMaxInteger);
  reader.Integer("stack_peak_bytes", r.stack_peak_bytes, 0, kMaxInteger);
  reader.Integer("arena_peak_bytes", r.arena_peak_bytes, 0, kMaxInteger);
  reader.Integer("output_crc32", r.output_crc32, 0, UINT32_MAX);
  reader.Integer("warmup", r.warmup, 0, INT32_MAX);
  reader.Integer("nonce", r.nonce, 0, UINT32_MAX);
  reader.Text("network_hash", r.network_hash);
  reader.Text("tool", r.tool);
  reader.Require(r.unit == "instructions" || r.unit == "cycles",
                 "field 'unit' must be instructions or cycles");
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  return r;
}

json StatusToJson(const JobStatus& s) {
  json object = {{"id", s.id},
                 {"idempotency_key", s.idempotency_key},
                 {"attempt", s.attempt},
                 {"state", JobStateName(s.state)},
                 {"board", s.board},
                 {"created", s.created},
                 {"finished", s.finished}};
  object["failure"] = s.failure ? FailureObject(*s.failure) : json();
  object["result"] = s.result ? ResultToJson(*s.result) : json();
  return object;
}

Expected<JobStatus> ReadStatus(const json& object) {
  JobStatus s;
  FieldReader reader(object, "job");
  std::string state;
  reader.Text("id", s.id);
  reader.Text("idempotency_key", s.idempotency_key);
  reader.Text("state", state);
  reader.Integer("attempt", s.attempt, 0, INT32_MAX);
  reader.Text("board", s.board);
  reader.Real("created", s.created, 0, 1e12);
  reader.Real("finished", s.finished, 0, 1e12);
  const bool has_failure = reader.Has("failure");
  const bool has_result = reader.Has("result");
  const std::optional<JobState> parsed = JobStateFromName(state);
  reader.Require(parsed.has_value(), "field 'state' names no job state: '" + state + "'");
  s.state = parsed.value_or(JobState::kQueued);
  reader.Require(has_result == (s.state == JobState::kDone), "a result belongs to a done job only");
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  if (has_failure) {
    Expected<BoardFailure> failure = ReadFailure(object["failure"]);
    if (!failure.ok()) return failure.error();
    s.failure = *failure;
  }
  if (has_result) {
    Expected<JobResult> result = ReadResult(object["result"]);
    if (!result.ok()) return result.error();
    s.result = *result;
  }
  return s;
}

}  // namespace

std::string JobResultToJson(const JobResult& result) { return DumpJson(ResultToJson(result)); }
Expected<JobResult> JobResultFromJson(std::string_view text) {
  return ParseAs<JobResult>(text, ReadResult);
}

std::string FailureToJson(const BoardFailure& failure) { return DumpJson(FailureObject(failure)); }
Expected<BoardFailure> FailureFromJson(std::string_view text) {
  return ParseAs<BoardFailure>(text, ReadFailure);
}

std::string JobStatusToJson(const JobStatus& status) { return DumpJson(StatusToJson(status)); }
Expected<JobStatus> JobStatusFromJson(std::string_view text) {
  return ParseAs<JobStatus>(text, ReadStatus);
}

std::string JobListToJson(const JobList& list) {
  json object = {{"jobs", json::array()}, {"unknown", list.unknown}};
  for (const JobStatus& status : list.jobs) object["jobs"].push_back(StatusToJson(status));
  return DumpJson(object);
}

Expected<JobList> JobListFromJson(std::string_view text) {
  return ParseAs<JobList>(text, [](const json& object) -> Expected<JobList> {
    JobList list;
    auto jobs = ReadList<JobStatus>(object, "jobs", ReadStatus);
    if (!jobs.ok()) return jobs.error();
    auto unknown = ReadList<std::string>(object, "unknown", [](const json& id) {
      return id.is_string() ? Expected<std::string>(id.get<std::string>())
                            : Expected<std::string>(Error{ErrorCode::kUsage, "id must be a text"});
    });
    if (!unknown.ok()) return unknown.error();
    return JobList{*std::move(jobs), *std::move(unknown)};
  });
}

}  // namespace mcunas
