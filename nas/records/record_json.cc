#include <nlohmann/json.hpp>

#include "nas/records/record_json_internal.h"

namespace mcunas {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

Error Corrupt(const std::string& what) {
  return {ErrorCode::kCorrupt, "the study holds a damaged " + what};
}

// Runs `read` on the parsed text; whatever nlohmann-json throws becomes a value here.
template <typename T, typename Read>
Expected<T> Parse(const std::string& text, const char* what, Read read) {
  try {
    T value;
    const Expected<void> done = read(json::parse(text), &value);
    if (!done) return done.error();
    return value;
  } catch (const json::exception&) {
    return Corrupt(what);
  }
}

Expected<void> ReadMetrics(const json& from, std::map<std::string, Metric>* metrics) {
  for (const auto& [name, m] : from.items()) {
    const auto source = SourceFromName(m.at("source").get<std::string>());
    if (!source) return source.error();
    (*metrics)[name] = {m.at("value").get<double>(), m.at("unit").get<std::string>(), *source};
  }
  return {};
}

}  // namespace

std::string TicksToJson(const std::vector<int64_t>& ticks) { return json(ticks).dump(); }

Expected<std::vector<int64_t>> TicksFromJson(const std::string& text) {
  return Parse<std::vector<int64_t>>(text, "list of ticks", [](const json& from, auto* ticks) {
    from.get_to(*ticks);
    return Expected<void>();
  });
}

std::string EvaluationToJson(const EvaluationResult& result) {
  ordered_json out = {{"failure", FailureClassName(result.failure)},
                      {"failure_reason", result.failure_reason},
                      {"metrics", ordered_json::object()},
                      {"ticks", result.ticks},
                      {"operator_ticks", result.operator_ticks}};
  for (const auto& [name, m] : result.metrics) {
    out["metrics"][name] = {{"value", m.value}, {"unit", m.unit}, {"source", SourceName(m.source)}};
  }
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Expected<EvaluationResult> EvaluationFromJson(const std::string& text) {
  return Parse<EvaluationResult>(
      text, "evaluation", [](const json& from, EvaluationResult* result) -> Expected<void> {
        const auto failure = FailureClassFromName(from.at("failure").get<std::string>());
        if (!failure) return failure.error();
        result->failure = *failure;
        from.at("failure_reason").get_to(result->failure_reason);
        from.at("ticks").get_to(result->ticks);
        from.at("operator_ticks").get_to(result->operator_ticks);
        return ReadMetrics(from.at("metrics"), &result->metrics);
      });
}

std::string MeasurementToJson(const Measurement& m) {
  const ordered_json out = {{"board", m.board},
                            {"source", SourceName(m.source)},
                            {"unit", m.unit},
                            {"ticks", m.ticks},
                            {"operator_ticks", m.operator_ticks},
                            {"profiled_ticks", m.profiled_ticks},
                            {"clock_hz", m.clock_hz},
                            {"stack_peak_bytes", m.stack_peak_bytes},
                            {"arena_peak_bytes", m.arena_peak_bytes},
                            {"output_crc32", m.output_crc32},
                            {"warmup", m.warmup},
                            {"tool", m.tool}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Expected<Measurement> MeasurementFromJson(const std::string& text) {
  return Parse<Measurement>(
      text, "measurement", [](const json& from, Measurement* m) -> Expected<void> {
        const auto source = SourceFromName(from.at("source").get<std::string>());
        if (!source) return source.error();
        m->source = *source;
        from.at("board").get_to(m->board);
        from.at("unit").get_to(m->unit);
        from.at("ticks").get_to(m->ticks);
        from.at("operator_ticks").get_to(m->operator_ticks);
        from.at("profiled_ticks").get_to(m->profiled_ticks);
        from.at("clock_hz").get_to(m->clock_hz);
        from.at("stack_peak_bytes").get_to(m->stack_peak_bytes);
        from.at("arena_peak_bytes").get_to(m->arena_peak_bytes);
        from.at("output_crc32").get_to(m->output_crc32);
        from.at("warmup").get_to(m->warmup);
        from.at("tool").get_to(m->tool);
        return {};
      });
}

}  // namespace mcunas
