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

// Well-known metric names (keys of CandidateRecord::metrics).
namespace metric {
inline constexpr const char* kAccuracy = "accuracy";           // supernet, held-out split, ratio
inline constexpr const char* kInt8Accuracy = "int8_accuracy";  // generated code, held-out split
inline constexpr const char* kTestAccuracy = "test_accuracy";  // generated code, test set
inline constexpr const char* kSram = "sram_bytes";             // total on the board
inline constexpr const char* kArena = "arena_bytes";
inline constexpr const char* kFlash = "flash_bytes";
inline constexpr const char* kMacs = "macs";               // of the network, each value once
inline constexpr const char* kPlanMacs = "plan_macs";      // of the plan, recomputation included
inline constexpr const char* kMacsFactor = "macs_factor";  // plan_macs / macs
inline constexpr const char* kLatency = "latency_ms";
inline constexpr const char* kPredictedLatency = "predicted_latency_ms";
inline constexpr const char* kTicks = "ticks";  // instructions or cycles
inline constexpr const char* kStack = "stack_bytes";
}  // namespace metric

// What stopped a candidate. `candidate` failures are facts about the network; `infrastructure`
// failures are not, and never reach the fitness.
enum class FailureClass { kNone, kInfeasible, kCandidate, kInfrastructure };
const char* FailureClassName(FailureClass failure);  // "none", "infeasible", "candidate", ...
Expected<FailureClass> FailureClassFromName(const std::string& name);

struct CandidateRecord {
  int64_t index = -1;  // order of asking, from 0
  int round = 0;       // generation
  Hash128 hash;        // NetworkHash of the lowered network
  Architecture architecture;
  std::map<std::string, Metric> metrics;
  FailureClass failure = FailureClass::kNone;
  std::string failure_reason;  // "sram: needs 81234 bytes, limit 65536"
  // Sum over broken limits of needed / limit - 1; 0 for what fits. Ranks infeasible candidates.
  double violation = 0;
  // As the board said them, where it was asked: one per repetition, and one per operator.
  std::vector<int64_t> ticks;
  std::vector<int64_t> operator_ticks;
  double seconds = 0;  // wall time spent; not part of the history

  // A fact about the network counts against it; trouble with a board does not.
  bool usable() const {
    return failure == FailureClass::kNone || failure == FailureClass::kInfrastructure;
  }
};

// The metric's value, or nothing.
std::optional<double> MetricValue(const CandidateRecord& record, const std::string& name);

// Of the candidate's plan; 1 where nobody planned it.
double MacsFactor(const CandidateRecord& record);

}  // namespace mcunas
