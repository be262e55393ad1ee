// Values that flow between search, evaluators, records and report.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/expected.h"
#include "common/hash.h"
#include "nas/space/architecture.h"

namespace mcunas {

// Where a number comes from; every number that leaves the program carries one.
enum class Source { kAnalytic, kEmulated, kMeasured };
const char* SourceName(Source source);  // "analytic", "emulated", "measured"
Expected<Source> SourceFromName(const std::string& name);

struct Metric {
  double value = 0;
  std::string unit;  // "bytes", "MACs", "ratio", "ms", "instructions", "cycles"
  Source source = Source::kAnalytic;

  bool operator==(const Metric&) const = default;
};

// Well-known metric names (keys of CandidateRecord::metrics) beside those of the task's score
// (task.h).
namespace metric {
inline constexpr const char* kSram = "sram_bytes";  // total on the board
inline constexpr const char* kArena = "arena_bytes";
inline constexpr const char* kFlash = "flash_bytes";
inline constexpr const char* kMacs = "macs";               // of the network, each value once
inline constexpr const char* kPlanMacs = "plan_macs";      // of the plan, recomputation included
inline constexpr const char* kMacsFactor = "macs_factor";  // plan_macs / macs
inline constexpr const char* kPredictedLatency = "predicted_latency_ms";
// Ends of its 95 % interval, where there is a limit on latency.
inline constexpr const char* kPredictedLatencyLow = "predicted_latency_low_ms";
inline constexpr const char* kPredictedLatencyHigh = "predicted_latency_high_ms";
// What a board said; these stand in BoardResult::metrics.
inline constexpr const char* kLatency = "latency_ms";
inline constexpr const char* kTicks = "ticks";  // instructions or cycles
inline constexpr const char* kStack = "stack_bytes";
inline constexpr const char* kImageFlash = "image_flash_bytes";  // of the measuring firmware
}  // namespace metric

// What stopped a candidate. `candidate` failures are facts about the network; `infrastructure`
// failures are not, and never reach the fitness.
enum class FailureClass { kNone, kInfeasible, kCandidate, kInfrastructure };
const char* FailureClassName(FailureClass failure);  // "none", "infeasible", "candidate", ...
Expected<FailureClass> FailureClassFromName(const std::string& name);

// What one board said about a network.
struct BoardResult {
  std::map<std::string, Metric> metrics;
  FailureClass failure = FailureClass::kNone;
  std::string failure_reason;           // "hard_fault: at 0x08001234"
  std::vector<int64_t> ticks;           // one per repetition, as measured
  std::vector<int64_t> operator_ticks;  // one per operator; empty without a profile

  bool operator==(const BoardResult&) const = default;
};

struct CandidateRecord {
  int64_t index = -1;  // order of asking, from 0
  int round = 0;       // generation
  Hash128 hash;        // NetworkHash of the lowered network
  Architecture architecture;
  std::map<std::string, Metric> metrics;  // those that depend on no board
  FailureClass failure = FailureClass::kNone;
  // "sram: needs 81234 bytes, limit 65536", "hard_fault: on qemu-m7: at 0x08001234"
  std::string failure_reason;
  // Sum over broken limits of needed / limit - 1; 0 for what fits. Ranks infeasible candidates.
  double violation = 0;
  std::map<std::string, BoardResult> boards;  // by profile name; those that were asked
  // Of `boards`, the one whose numbers speak for the candidate in search and ranking; empty where
  // none was asked.
  std::string board;
  double seconds = 0;  // wall time spent; not part of the history

  // A fact about the network counts against it; trouble with a board does not.
  bool usable() const {
    return failure == FailureClass::kNone || failure == FailureClass::kInfrastructure;
  }
};

// What the board said that speaks for the candidate, or nullptr.
const BoardResult* HeadlineResult(const CandidateRecord& record);

// The metric, be it the record's own or of the board that speaks for it; or nullptr.
const Metric* FindMetric(const CandidateRecord& record, const std::string& name);
// All that FindMetric finds.
std::map<std::string, Metric> AllMetrics(const CandidateRecord& record);
// The metric's value, or nothing.
std::optional<double> MetricValue(const CandidateRecord& record, const std::string& name);

// Of the candidate's plan; 1 where nobody planned it.
double MacsFactor(const CandidateRecord& record);

}  // namespace mcunas
