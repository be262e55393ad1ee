#include "nas/search/candidate_costs.h"

#include "nas/evaluate/latency_limit.h"
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

void CandidateCosts::AddLatency(const Architecture& architecture, KnownCosts* costs) const {
  CandidateRecord record;
  const Network network = Lower(space_, task_, architecture);
  StorePrediction(latency_->Predict(network, costs->macs_factor), limit_ms_, &record);
  costs->latency_ms = *MetricValue(record, metric::kPredictedLatency);
  if (limit_ms_ <= 0) return;
  const auto violation = CheckLatency(record, limit_ms_);
  if (!violation) return;
  costs->feasible = false;
  costs->violation += violation->excess;
}

const KnownCosts& CandidateCosts::Of(const Architecture& architecture) {
  const auto [place, added] = known_.try_emplace(GeneLevels(space_, architecture));
  Entry& entry = place->second;
  if (added) entry.costs = entry.without_latency = FromMemory(architecture);
  if (latency_ == nullptr || entry.predicted_by == model_version_) return entry.costs;
  entry.predicted_by = model_version_;
  entry.costs = entry.without_latency;
  AddLatency(architecture, &entry.costs);
  return entry.costs;
}

}  // namespace mcunas
