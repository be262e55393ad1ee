#include "nas/report/result_json.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "common/names.h"
#include "memory_model/limits.h"
#include "memory_model/report/plan_format.h"
#include "nas/report/format_internal.h"
#include "nas/report/inherited_rank.h"
#include "nas/report/verdict.h"

namespace mcunas {
namespace {

using Json = nlohmann::ordered_json;

// Whole numbers are written without ".0": byte counts are counts.
Json Number(double value) {
  constexpr double kExact = 9e15;
  if (std::abs(value) < kExact && value == std::floor(value)) return static_cast<int64_t>(value);
  return value;
}

Json Quantity(double value, const std::string& unit, Source source) {
  if (!std::isfinite(value)) return nullptr;
  return {{"value", Number(value)}, {"unit", unit}, {"source", SourceName(source)}};
}

Json Computed(double value, const std::string& unit) {
  return Quantity(value, unit, Source::kAnalytic);
}

Json MetricsJson(const std::map<std::string, Metric>& metrics) {
  Json json = Json::object();
  for (const auto& [name, metric] : metrics) {
    json[name] = Quantity(metric.value, metric.unit, metric.source);
  }
  return json;
}

Json BoardsJson(const CandidateRecord& record) {
  Json json = Json::object();
  for (const auto& [board, result] : record.boards) {
    json[board] = {{"metrics", MetricsJson(result.metrics)},
                   {"failure", FailureClassName(result.failure)}};
    if (!result.failure_reason.empty()) json[board]["failure_reason"] = result.failure_reason;
  }
  return json;
}

Json CandidateJson(const CandidateRecord& record) {
  Json json;
  json["network"] = record.hash.Hex();
  json["index"] = record.index;
  json["round"] = record.round;
  json["architecture"] = Json::parse(ArchitectureToJson(record.architecture));
  json["metrics"] = MetricsJson(AllMetrics(record));
  if (!record.boards.empty()) {
    json["board"] = record.board;
    json["boards"] = BoardsJson(record);
  }
  json["failure"] = FailureClassName(record.failure);
  if (!record.failure_reason.empty()) json["failure_reason"] = record.failure_reason;
  return json;
}

Json MemoryJson(const MemoryReport& memory) {
  Json json;
  const std::pair<const char*, Bytes> fields[] = {{"arena", memory.arena},
                                                  {"scratch", memory.scratch},
                                                  {"input", memory.input},
                                                  {"output", memory.output},
                                                  {"stack", memory.stack},
                                                  {"static_data", memory.static_data},
                                                  {"total", memory.total},
                                                  {"weights", memory.weights},
                                                  {"code", memory.code},
                                                  {"constants", memory.constants},
                                                  {"flash_total", memory.flash_total}};
  for (const auto& [name, bytes] : fields) {
    json[name] = Computed(static_cast<double>(bytes.value), "bytes");
  }
  json["peak_reason"] = memory.peak_reason;
  return json;
}

Json OperatorsJson(const FinalNetwork& result) {
  Json rows = Json::array();
  for (size_t i = 0; i < result.memory.operators.size(); ++i) {
    const OperatorMemory& memory = result.memory.operators[i];
    Json row;
    row["operator"] = OpName(result.network.operators[i].kind);
    row["live"] = Computed(static_cast<double>(memory.live.value), "bytes");
    row["scratch"] = Computed(static_cast<double>(memory.scratch.value), "bytes");
    row["weights"] = Computed(static_cast<double>(memory.weights.value), "bytes");
    row["macs"] = Computed(static_cast<double>(memory.macs.value), "MACs");
    rows.push_back(std::move(row));
  }
  return rows;
}

Json PlanJson(const ExecutionPlan& plan) {
  Json groups = Json::array();
  for (const PlanGroup& group : plan.groups) {
    groups.push_back({{"first", group.first},
                      {"last", group.last},
                      {"mode", GroupModeName(group.mode)},
                      {"strips", group.strips},
                      {"bands", group.bands},
                      {"segment", group.segment},
                      {"channel_tile", group.channel_tile}});
  }
  return {{"macs_factor", Computed(plan.macs_factor, "x")},
          {"input", InputModeName(plan.input_mode)},
          {"peak_operator", plan.peak_operator},
          {"groups", std::move(groups)}};
}

Json FinalistJson(const FinalNetwork& result, size_t rank) {
  Json json;
  json["rank"] = rank + 1;
  json["tied"] = result.tied;
  json.update(CandidateJson(result.record));
  json["memory"] = MemoryJson(result.memory);
  if (!result.plan.groups.empty()) json["plan"] = PlanJson(result.plan);
  json["operators"] = OperatorsJson(result);
  return json;
}

Json BaselinesJson(const ReportInput& input) {
  Json json = Json::array();
  for (const BaselineNetwork& baseline : input.baselines) {
    Json entry = {
        {"baseline", NameOf(kBaselineKinds, baseline.kind)},
        {"from_random_weights", baseline.network.recipe.start == WeightsRecipe::Start::kRandom},
        {"epochs", Computed(static_cast<double>(baseline.network.recipe.epochs), "epochs")}};
    entry.update(CandidateJson(baseline.network.record));
    json.push_back(std::move(entry));
  }
  return json;
}

Json VerdictJson(const ReportInput& input) {
  Json against = Json::object();
  for (const Comparison& c : CompareWithBaselines(input)) {
    against[NameOf(kBaselineKinds, c.baseline->kind)] = {
        {"advantage", Quantity(c.advantage, input.score.unit, Source::kMeasured)},
        {"intervals_apart", c.certain}};
  }
  std::string text = Verdict(input);
  text.pop_back();
  return {{"text", text}, {"against", std::move(against)}};
}

Json WorkJson(const SearchWork& work) {
  return {{"training", Computed(work.training, "MACs x images")},
          {"evaluation", Computed(work.evaluation, "MACs x images")},
          {"fine_tuning", Computed(work.fine_tuning, "MACs x images")},
          {"total", Computed(work.total(), "MACs x images")}};
}

Json RoundJson(const RoundRecord& round, const Score& score) {
  Json json;
  json["round"] = round.round;
  json["asked"] = Computed(static_cast<double>(round.asked), "networks");
  json["evaluated"] = Computed(static_cast<double>(round.evaluated), "networks");
  json["infeasible"] = Computed(static_cast<double>(round.infeasible), "networks");
  json["measured"] = Computed(static_cast<double>(round.measured), "networks");
  json["best_" + score.name] = Computed(round.best_score, score.unit);
  json["hypervolume"] = Computed(round.hypervolume, "ratio");
  json["latency_error"] = Computed(round.latency_error, "ratio");
  json["latency_tau"] = Computed(round.latency_tau, "correlation");
  return json;
}

Json CountsJson(const ReportInput& input) {
  std::map<std::string, int64_t> classes, reasons;
  for (const CandidateRecord& record : input.candidates) {
    ++classes[FailureClassName(record.failure)];
    if (record.failure != FailureClass::kNone) ++reasons[ReasonKind(record.failure_reason)];
  }
  Json json;
  json["candidates"] = Computed(static_cast<double>(input.candidates.size()), "networks");
  json["by_failure"] = Json::object();
  json["by_reason"] = Json::object();
  for (const auto& [name, count] : classes) {
    json["by_failure"][name] = Computed(static_cast<double>(count), "networks");
  }
  for (const auto& [name, count] : reasons) {
    json["by_reason"][name] = Computed(static_cast<double>(count), "networks");
  }
  return json;
}

Json LimitsJson(const TargetLimits& limits) {
  const auto limit = [](auto value, const char* unit) {
    return value == 0 ? Json(nullptr) : Computed(static_cast<double>(value), unit);
  };
  return {{"sram", limit(limits.sram.value, "bytes")},
          {"flash", limit(limits.flash.value, "bytes")},
          {"macs", limit(limits.macs.value, "MACs")},
          {"latency", limit(limits.latency_ms, "ms")}};
}

// The environment is JSON where all went well; anything else is kept as text.
Json EnvironmentJson(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json(text) : parsed;
}

}  // namespace

Expected<std::string> ResultJson(const ReportInput& input) {
  if (auto checked = CheckReportInput(input); !checked) return checked.error();
  Json json;
  json["schema_version"] = kResultSchemaVersion;
  json["name"] = input.run_name;
  json["board"] = input.board;
  json["measured_on"] = input.measured_on;
  json["seed"] = input.seed;
  json["config_hash"] = HashBytes(input.config_text).Hex();
  json["limits"] = LimitsJson(input.limits);
  for (const auto& [name, direction] : input.objectives)
    json["objectives"][name] = NameOf(kDirections, direction);
  const FinalNetwork* winner = Winner(input);
  json["winner"] = winner == nullptr ? Json(nullptr) : FinalistJson(*winner, 0);
  json["verdict"] = VerdictJson(input);
  json["work"] = WorkJson(input.work);
  json["baselines"] = BaselinesJson(input);
  json["finalists"] = Json::array();
  for (size_t i = 0; i < input.ranking.size(); ++i) {
    json["finalists"].push_back(FinalistJson(input.ranking[i], i));
  }
  const auto rank = RankOfInherited(input);
  json["inherited_tau"] = rank ? Computed(rank->tau, "correlation") : Json(nullptr);
  json["pareto"] = Json::array();
  for (const size_t i : input.front) json["pareto"].push_back(CandidateJson(input.candidates[i]));
  json["counts"] = CountsJson(input);
  json["rounds"] = Json::array();
  for (const RoundRecord& round : input.rounds)
    json["rounds"].push_back(RoundJson(round, input.score));
  json["environment"] = EnvironmentJson(input.environment_text);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mcunas
