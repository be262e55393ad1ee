#include "nas/search/feasible.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "common/random.h"
#include "common/text.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

constexpr int64_t kEnumerateUpTo = 3000;
constexpr int kSamples = 1500;

// The candidate that breaks the limits least, so far.
class Closest {
 public:
  explicit Closest(const MemoryEvaluator& memory) : memory_(memory) {}

  // True when the architecture keeps all limits.
  bool Try(const Architecture& architecture) {
    CandidateRecord record;
    record.architecture = architecture;
    memory_.Evaluate(&record);
    if (record.failure == FailureClass::kNone) return true;
    if (!best_ || record.violation < best_->violation) best_ = std::move(record);
    return false;
  }
  const CandidateRecord& record() const { return *best_; }

 private:
  const MemoryEvaluator& memory_;
  std::optional<CandidateRecord> best_;
};

// What a config key has to be raised to.
struct Relaxation {
  const char* metric;
  double limit;
  const char* what;
  const char* unit_name;  // of the metric
  const char* key;        // of the config
  double unit;            // metric per key unit
  const char* form;       // of the key's number
};

std::string Round(const Relaxation& r, double needed) {
  const double digits = r.form[0] == 'r' ? 1000 : 1;  // a real keeps three decimals
  const double value = std::ceil(needed / r.unit * digits) / digits;
  char text[32];
  std::snprintf(text, sizeof text, r.form[0] == 'r' ? "%.3f" : "%.0f", value);
  return text;
}

template <typename Tag>
double Real(Quantity<Tag> quantity) {
  return static_cast<double>(quantity.value);
}

// Counts as counts, milliseconds with three decimals.
std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value == std::floor(value) ? "%.0f" : "%.3f", value);
  return text;
}

Error Explain(const CandidateRecord& closest, const TargetLimits& limits) {
  const Relaxation all[] = {
      {metric::kSram, Real(limits.sram), "sram", " bytes", "target.limits.sram_kb", 1024,
       "integer"},
      {metric::kFlash, Real(limits.flash), "flash", " bytes", "target.limits.flash_kb", 1024,
       "integer"},
      {metric::kPlanMacs, Real(limits.macs), "macs", "", "target.limits.macs_m", 1e6, "real"},
      {metric::kPredictedLatencyLow, limits.latency_ms, "latency", " ms",
       "target.limits.latency_ms", 1, "real"},
  };
  std::vector<std::string> facts, raises;
  for (const Relaxation& r : all) {
    const auto needed = MetricValue(closest, r.metric);
    if (r.limit <= 0 || !needed || *needed <= r.limit) continue;
    facts.push_back(std::string(r.what) + " limit " + Number(r.limit) + r.unit_name +
                    ": the closest network of the space needs " + Number(*needed));
    raises.push_back(std::string(r.key) + " to " + Round(r, *needed));
  }
  if (facts.empty()) facts.push_back(closest.failure_reason);
  std::string message = "no network of the space keeps the limits. " + Join(facts, "; ") + "; ";
  if (!raises.empty()) message += "raise " + Join(raises, " and ") + " or ";
  return {ErrorCode::kInfeasible,
          message + "lower space.width, space.resolution or space.expand (closest network: " +
              ArchitectureToJson(closest.architecture) + ")"};
}

bool AnyFits(const SpaceConfig& space, Closest* closest) {
  if (closest->Try(Smallest(space))) return true;
  const auto all = Enumerate(space, kEnumerateUpTo);
  if (all) {
    for (const Architecture& architecture : *all) {
      if (closest->Try(architecture)) return true;
    }
    return false;
  }
  // Mutants of the closest so far: a descent on the violation, restarted by samples.
  RandomStream random(0, "feasible");
  for (int i = 0; i < kSamples; ++i) {
    const bool restart = i % 4 == 0;
    if (closest->Try(restart ? Sample(space, &random)
                             : Mutate(space, closest->record().architecture, 0.1, &random))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Expected<void> CheckFeasible(const SpaceConfig& space, const MemoryEvaluator& memory,
                             const TargetLimits& limits) {
  Closest closest(memory);
  if (AnyFits(space, &closest)) return {};
  return Explain(closest.record(), limits);
}

}  // namespace mcunas
