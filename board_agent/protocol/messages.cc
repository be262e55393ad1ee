#include "board_agent/protocol/messages.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "board_agent/protocol/checksum.h"
#include "common/hash.h"

namespace mcunas {
namespace {

using nlohmann::json;

constexpr int64_t kMaxInteger = int64_t{1} << 53;  // what every JSON reader keeps exactly
constexpr size_t kMaxArray = 4096;

// Logs and tool versions may hold any byte; a reply must stay valid JSON.
std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The parser of nlohmann keeps the last of two equal keys; here that is an error.
Expected<json> ParseText(std::string_view text) {
  std::vector<std::set<std::string>> keys(1);
  std::string duplicate;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      keys.resize(std::max<size_t>(keys.size(), depth + 2));
      keys[depth + 1].clear();
    }
    if (event == json::parse_event_t::key && duplicate.empty()) {
      keys.resize(std::max<size_t>(keys.size(), depth + 1));
      const auto& name = parsed.get_ref<const std::string&>();
      if (!keys[depth].insert(name).second) duplicate = name;
    }
    return true;
  };
  try {
    json value = json::parse(text.begin(), text.end(), watch);
    if (!duplicate.empty()) {
      return Error{ErrorCode::kUsage, "field '" + duplicate + "' is given twice"};
    }
    return value;
  } catch (const json::exception& e) {
    return Error{ErrorCode::kUsage, std::string("not valid JSON: ") + e.what()};
  }
}

// Reads the fields of one object; keeps the first problem and ignores everything after it.
class FieldReader {
 public:
  FieldReader(const json& object, std::string what) : object_(object), what_(std::move(what)) {
    if (!object.is_object()) Fail("must be a JSON object");
  }

  bool Has(const char* key) {
    seen_.insert(key);
    return error_.empty() && object_.contains(key) && !object_[key].is_null();
  }

  const json* Find(const char* key, bool required) {
    if (Has(key)) return &object_[key];
    if (required) Fail("field '" + std::string(key) + "' is missing");
    return nullptr;
  }

  void Text(const char* key, std::string& value, bool required = true) {
    const json* field = Find(key, required);
    if (field == nullptr) return;
    if (!field->is_string()) return Fail("field '" + std::string(key) + "' must be a text");
    value = field->get<std::string>();
  }

  void Boolean(const char* key, bool& value) {
    const json* field = Find(key, true);
    if (field == nullptr) return;
    if (!field->is_boolean()) return Fail("field '" + std::string(key) + "' must be true or false");
    value = field->get<bool>();
  }

  template <typename T>
  void Integer(const char* key, T& value, int64_t min, int64_t max, bool required = true) {
    const json* field = Find(key, required);
    if (field != nullptr) ReadInteger(*field, key, value, min, max);
  }

  void Integers(const char* key, std::vector<int64_t>& values) {
    const json* field = Find(key, true);
    if (field == nullptr) return;
    if (!field->is_array()) return Fail("field '" + std::string(key) + "' must be a list");
    if (field->size() > kMaxArray) return Fail("field '" + std::string(key) + "' is too long");
    for (const json& item : *field) {
      values.push_back(0);
      ReadInteger(item, key, values.back(), 0, kMaxInteger);
    }
  }

  void Real(const char* key, double& value, double min, double max, bool required = true) {
    const json* field = Find(key, required);
    if (field == nullptr) return;
    if (!field->is_number()) return Fail("field '" + std::string(key) + "' must be a number");
    const double number = field->get<double>();
    if (!std::isfinite(number) || number < min || number > max) {
      return Fail("field '" + std::string(key) + "' is out of range");
    }
    value = number;
  }

  void Require(bool holds, const std::string& message) {
    if (error_.empty() && !holds) Fail(message);
  }

  void Fail(const std::string& message) {
    if (error_.empty()) error_ = what_ + ": " + message;
  }

  Expected<void> Finish() {
    if (error_.empty()) {
      for (const auto& [key, unused] : object_.items()) {
        if (!seen_.contains(key)) {
          Fail("unknown field '" + key + "'");
          break;
        }
      }
    }
    if (!error_.empty()) return Error{ErrorCode::kUsage, error_};
    return {};
  }

 private:
  template <typename T>
  void ReadInteger(const json& field, const char* key, T& value, int64_t min, int64_t max) {
    const bool too_big = field.is_number_unsigned() &&
                         field.get<uint64_t>() > uint64_t(std::numeric_limits<int64_t>::max());
    if (!field.is_number_integer()) {
      return Fail("field '" + std::string(key) + "' must be a whole number");
    }
    if (too_big || field.get<int64_t>() < min || field.get<int64_t>() > max) {
      return Fail("field '" + std::string(key) + "' must be between " + std::to_string(min) +
                  " and " + std::to_string(max));
    }
    value = static_cast<T>(field.get<int64_t>());
  }

  const json& object_;
  std::string what_;
  std::string error_;
  std::set<std::string> seen_;
};

// ParseText, then `read` on the value.
template <typename T, typename Read>
Expected<T> ParseAs(std::string_view text, Read read) {
  Expected<json> parsed = ParseText(text);
  if (!parsed.ok()) return parsed.error();
  return read(*parsed);
}

json FailureToJson(const JobFailure& failure) {
  return {{"class", failure.candidate ? "candidate" : "infrastructure"},
          {"kind", failure.kind},
          {"message", failure.message}};
}

Expected<JobFailure> ReadFailure(const json& object) {
  JobFailure failure;
  FieldReader reader(object, "failure");
  std::string name;
  reader.Text("class", name);
  reader.Text("kind", failure.kind);
  reader.Text("message", failure.message);
  reader.Require(name == "candidate" || name == "infrastructure",
                 "field 'class' must be candidate or infrastructure");
  failure.candidate = name == "candidate";
  if (auto done = reader.Finish(); !done.ok()) return done.error();
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
  object["failure"] = s.failure ? FailureToJson(*s.failure) : json();
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
    Expected<JobFailure> failure = ReadFailure(object["failure"]);
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

Expected<BoardInfo> ReadBoard(const json& object) {
  BoardInfo b;
  FieldReader reader(object, "board");
  reader.Text("name", b.name);
  reader.Text("board_class", b.board_class);
  reader.Boolean("virtual", b.is_virtual);
  reader.Text("state", b.state);
  reader.Text("reason", b.reason);
  reader.Text("description", b.description);
  reader.Text("job", b.job);
  reader.Integer("jobs_done", b.jobs_done, 0, kMaxInteger);
  reader.Integer("infra_failures", b.infra_failures, 0, kMaxInteger);
  reader.Integer("queued", b.queued, 0, kMaxInteger);
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  return b;
}

// {"name": [...]} with `read` on every element.
template <typename T, typename Read>
Expected<std::vector<T>> ReadList(const json& object, const char* name, Read read) {
  std::vector<T> values;
  if (!object.is_object() || !object.contains(name) || !object[name].is_array()) {
    return Error{ErrorCode::kUsage, "list '" + std::string(name) + "' is missing"};
  }
  for (const json& item : object[name]) {
    Expected<T> value = read(item);
    if (!value.ok()) return value.error();
    values.push_back(*std::move(value));
  }
  return values;
}

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
  reader.Require(kind == "latency" || kind == "validate" || kind == "profile",
                 "field 'kind' must be latency, validate or profile");
  q.kind = kind == "validate"  ? JobKind::kValidate
           : kind == "profile" ? JobKind::kProfile
                               : JobKind::kLatency;
  reader.Require(q.kind != JobKind::kValidate || q.golden_crc32.has_value(),
                 "kind validate needs field 'golden_crc32'");
  if (auto done = reader.Finish(); !done.ok()) return done.error();
  return q;
}

}  // namespace

const char* JobKindName(JobKind kind) {
  return kind == JobKind::kValidate  ? "validate"
         : kind == JobKind::kProfile ? "profile"
                                     : "latency";
}

std::string JobRequestToJson(const JobRequest& q) {
  json object = {{"idempotency_key", q.idempotency_key},
                 {"blob", q.blob},
                 {"board", q.board},
                 {"kind", JobKindName(q.kind)},
                 {"repetitions", q.repetitions},
                 {"timeout_s", q.timeout_s},
                 {"expires_s", q.expires_s},
                 {"network_hash", q.network_hash}};
  if (q.golden_crc32) object["golden_crc32"] = *q.golden_crc32;
  return Dump(object);
}

Expected<JobRequest> JobRequestFromJson(std::string_view text) {
  return ParseAs<JobRequest>(text, ReadRequest);
}

std::string JobStatusToJson(const JobStatus& status) { return Dump(StatusToJson(status)); }
Expected<JobStatus> JobStatusFromJson(std::string_view text) {
  return ParseAs<JobStatus>(text, ReadStatus);
}

std::string JobListToJson(const JobList& list) {
  json object = {{"jobs", json::array()}, {"unknown", list.unknown}};
  for (const JobStatus& status : list.jobs) object["jobs"].push_back(StatusToJson(status));
  return Dump(object);
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

std::string JobResultToJson(const JobResult& result) { return Dump(ResultToJson(result)); }
Expected<JobResult> JobResultFromJson(std::string_view text) {
  return ParseAs<JobResult>(text, ReadResult);
}

std::string JobFailureToJson(const JobFailure& failure) { return Dump(FailureToJson(failure)); }
Expected<JobFailure> JobFailureFromJson(std::string_view text) {
  return ParseAs<JobFailure>(text, ReadFailure);
}

std::string BoardsToJson(const std::vector<BoardInfo>& boards) {
  json list = json::array();
  for (const BoardInfo& b : boards) {
    list.push_back({{"name", b.name},
                    {"board_class", b.board_class},
                    {"virtual", b.is_virtual},
                    {"state", b.state},
                    {"reason", b.reason},
                    {"description", b.description},
                    {"job", b.job},
                    {"jobs_done", b.jobs_done},
                    {"infra_failures", b.infra_failures},
                    {"queued", b.queued}});
  }
  return Dump({{"boards", list}});
}

Expected<std::vector<BoardInfo>> BoardsFromJson(std::string_view text) {
  return ParseAs<std::vector<BoardInfo>>(
      text, [](const json& object) { return ReadList<BoardInfo>(object, "boards", ReadBoard); });
}

std::string ApiErrorToJson(const ApiError& error) {
  return Dump({{"error", {{"code", error.code}, {"message", error.message}}}});
}

Expected<ApiError> ApiErrorFromJson(std::string_view text) {
  return ParseAs<ApiError>(text, [](const json& object) -> Expected<ApiError> {
    FieldReader outer(object, "reply");
    const json* inner = outer.Find("error", true);
    if (inner == nullptr) return outer.Finish().error();
    ApiError error;
    FieldReader reader(*inner, "error");
    reader.Text("code", error.code);
    reader.Text("message", error.message);
    if (auto done = reader.Finish(); !done.ok()) return done.error();
    return error;
  });
}

std::string SimpleStateToJson(std::string_view state) { return Dump({{"state", state}}); }

}  // namespace mcunas
