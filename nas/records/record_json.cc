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

ordered_json MetricsJson(const std::map<std::string, Metric>& metrics) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, m] : metrics) {
    out[name] = {{"value", m.value}, {"unit", m.unit}, {"source", SourceName(m.source)}};
  }
  return out;
}

// What results of evaluations and of boards have in common.
template <typename Result>
Expected<void> ReadOutcome(const json& from, Result* result) {
  const auto failure = FailureClassFromName(from.at("failure").get<std::string>());
  if (!failure) return failure.error();
  result->failure = *failure;
  from.at("failure_reason").get_to(result->failure_reason);
  return ReadMetrics(from.at("metrics"), &result->metrics);
}

ordered_json BoardsJson(const BoardResults& boards) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, board] : boards) {
    out[name] = {{"failure", FailureClassName(board.failure)},
                 {"failure_reason", board.failure_reason},
                 {"metrics", MetricsJson(board.metrics)},
                 {"ticks", board.ticks},
                 {"operator_ticks", board.operator_ticks}};
  }
  return out;
}

Expected<void> ReadBoards(const json& from, BoardResults* boards) {
  for (const auto& [name, board] : from.items()) {
    BoardResult& result = (*boards)[name];
    if (auto read = ReadOutcome(board, &result); !read) return read;
    board.at("ticks").get_to(result.ticks);
    board.at("operator_ticks").get_to(result.operator_ticks);
  }
  return {};
}

std::string Dump(const ordered_json& out) {
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string BoardsToJson(const BoardResults& boards) { return Dump(BoardsJson(boards)); }

Expected<BoardResults> BoardsFromJson(const std::string& text) {
  return Parse<BoardResults>(text, "list of board results", ReadBoards);
}

std::string EvaluationToJson(const EvaluationResult& result) {
  ordered_json out = {{"failure", FailureClassName(result.failure)},
                      {"failure_reason", result.failure_reason},
                      {"metrics", MetricsJson(result.metrics)},
                      {"board", result.board},
                      {"boards", BoardsJson(result.boards)}};
  if (!result.outcomes.empty()) out["outcomes"] = result.outcomes.ToText();
  return Dump(out);
}

Expected<EvaluationResult> EvaluationFromJson(const std::string& text) {
  return Parse<EvaluationResult>(
      text, "evaluation", [](const json& from, EvaluationResult* result) -> Expected<void> {
        if (auto read = ReadOutcome(from, result); !read) return read;
        from.at("board").get_to(result->board);
        const std::string outcomes =
            from.value("outcomes", std::string());  // none in older studies
        if (outcomes.find_first_not_of("01") != std::string::npos) return Corrupt("evaluation");
        result->outcomes = Outcomes::FromText(outcomes);
        return ReadBoards(from.at("boards"), &result->boards);
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
  return Dump(out);
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
