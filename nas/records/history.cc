#include "nas/records/history.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "nas/records/record_json_internal.h"

namespace mcunas {
namespace {

// Shortest text that reads back to the same number.
std::string Number(double value) {
  if (std::isnan(value)) return "-";
  char text[40];
  for (const int digits : {15, 16, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

std::string CandidateLine(const CandidateRecord& c) {
  std::string line = "candidate " + std::to_string(c.index) + " round " + std::to_string(c.round) +
                     " " + c.hash.Hex() + " " + ArchitectureToJson(c.architecture) + " " +
                     FailureClassName(c.failure) + " '" + c.failure_reason + "' " +
                     Number(c.violation) + " '" + c.board + "' " + BoardsToJson(c.boards) + "\n";
  for (const auto& [name, m] : c.metrics) {
    line +=
        "  " + name + " = " + Number(m.value) + " " + m.unit + " " + SourceName(m.source) + "\n";
  }
  return line;
}

std::string RoundLine(const RoundRecord& r) {
  return "round " + std::to_string(r.round) + " asked " + std::to_string(r.asked) + " evaluated " +
         std::to_string(r.evaluated) + " infeasible " + std::to_string(r.infeasible) +
         " measured " + std::to_string(r.measured) + " best " + Number(r.best_score) +
         " hypervolume " + Number(r.hypervolume) + " error " + Number(r.latency_error) + " tau " +
         Number(r.latency_tau) + " " + r.predictor_json + "\n";
}

}  // namespace

Expected<std::string> DumpHistory(StudyReader& study) {
  const auto candidates = study.Candidates();
  if (!candidates) return candidates.error();
  const auto rounds = study.Rounds();
  if (!rounds) return rounds.error();
  const auto decisions = study.Decisions();
  if (!decisions) return decisions.error();
  std::string text;
  for (const CandidateRecord& candidate : *candidates) text += CandidateLine(candidate);
  for (const RoundRecord& round : *rounds) text += RoundLine(round);
  for (const auto& [name, value] : *decisions) {  // only the first word: a clock says the rest
    text += "decision " + name + " " + value.substr(0, value.find(' ')) + "\n";
  }
  return text;
}

}  // namespace mcunas
