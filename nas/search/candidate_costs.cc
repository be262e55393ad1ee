#include "nas/search/candidate_costs.h"

#include "nas/evaluate/latency_model.h"
#include "nas/space/genes.h"
#include "nas/space/lower.h"
#include "network/network.h"

namespace mcunas {

std::optional<double> KnownCosts::Of(const std::string& objective) const {
  const std::pair<const char*, double> all[] = {
      {metric::kMacs, macs},         {metric::kPlanMacs, plan_macs}, {metric::kSram, sram_bytes},
      {metric::kArena, arena_bytes}, {metric::kFlash, flash_bytes},  {metric::kLatency, latency_ms},
  };
  for (const auto& [name, value] : all) {
    if (objective == name && !std::isnan(value)) return value;
  }
  return std::nullopt;
}

KnownCosts CandidateCosts::FromMemory(const Architecture& architecture) const {
  CandidateRecord record;
  record.architecture = architecture;
  memory_.Evaluate(&record);
  const auto value = [&](const char* name) {
    return MetricValue(record, name).value_or(std::nan(""));
  };
  return {.feasible = record.failure == FailureClass::kNone,
          .violation = record.violation,
          .macs = value(metric::kMacs),
          .plan_macs = value(metric::kPlanMacs),
          .macs_factor = MacsFactor(record),
          .sram_bytes = value(metric::kSram),
          .arena_bytes = value(metric::kArena),
          .flash_bytes = value(metric::kFlash)};
}

const KnownCosts& CandidateCosts::Of(const Architecture& architecture) {
  const auto [place, added] = known_.try_emplace(GeneLevels(space_, architecture));
  Entry& entry = place->second;
  if (added) entry.costs = FromMemory(architecture);
  if (latency_ != nullptr && entry.predicted_by != model_version_) {
    entry.costs.latency_ms =
        latency_->PredictMs(Lower(space_, task_, architecture), entry.costs.macs_factor);
    entry.predicted_by = model_version_;
  }
  return entry.costs;
}

}  // namespace mcunas
