#include "nas/evaluate/candidate.h"

#include <array>

#include "common/check.h"

namespace mcunas {
namespace {

constexpr std::array kSources = {Source::kAnalytic, Source::kEmulated, Source::kMeasured};
constexpr std::array kFailures = {FailureClass::kNone, FailureClass::kInfeasible,
                                  FailureClass::kCandidate, FailureClass::kInfrastructure};

}  // namespace

const char* SourceName(Source source) {
  switch (source) {
    case Source::kAnalytic:
      return "analytic";
    case Source::kEmulated:
      return "emulated";
    case Source::kMeasured:
      return "measured";
  }
  MCUNAS_CHECK(false, "unknown source");
  return "";
}

Expected<Source> SourceFromName(const std::string& name) {
  for (const Source source : kSources) {
    if (name == SourceName(source)) return source;
  }
  return Error{ErrorCode::kCorrupt, "'" + name + "' is not a source of numbers"};
}

const char* FailureClassName(FailureClass failure) {
  switch (failure) {
    case FailureClass::kNone:
      return "none";
    case FailureClass::kInfeasible:
      return "infeasible";
    case FailureClass::kCandidate:
      return "candidate";
    case FailureClass::kInfrastructure:
      return "infrastructure";
  }
  MCUNAS_CHECK(false, "unknown failure class");
  return "";
}

Expected<FailureClass> FailureClassFromName(const std::string& name) {
  for (const FailureClass failure : kFailures) {
    if (name == FailureClassName(failure)) return failure;
  }
  return Error{ErrorCode::kCorrupt, "'" + name + "' is not a failure class"};
}

const BoardResult* HeadlineResult(const CandidateRecord& record) {
  const auto found = record.boards.find(record.board);
  return found == record.boards.end() ? nullptr : &found->second;
}

const Metric* FindMetric(const CandidateRecord& record, const std::string& name) {
  if (const auto own = record.metrics.find(name); own != record.metrics.end()) return &own->second;
  const BoardResult* board = HeadlineResult(record);
  if (board == nullptr) return nullptr;
  const auto found = board->metrics.find(name);
  return found == board->metrics.end() ? nullptr : &found->second;
}

std::map<std::string, Metric> AllMetrics(const CandidateRecord& record) {
  std::map<std::string, Metric> all = record.metrics;
  if (const BoardResult* board = HeadlineResult(record)) {
    all.insert(board->metrics.begin(), board->metrics.end());
  }
  return all;
}

std::optional<double> MetricValue(const CandidateRecord& record, const std::string& name) {
  const Metric* found = FindMetric(record, name);
  if (found == nullptr) return std::nullopt;
  return found->value;
}

double MacsFactor(const CandidateRecord& record) {
  return MetricValue(record, metric::kMacsFactor).value_or(1.0);
}

}  // namespace mcunas
