#include "nas/search/yardstick.h"

#include "nas/evaluate/latency_model.h"
#include "nas/search/fitness.h"
#include "nas/search/hypervolume.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"

namespace mcunas {
namespace {

double LimitOf(const std::string& objective, const TargetLimits& limits) {
  if (objective == metric::kLatency) return limits.latency_ms;
  if (objective == metric::kSram || objective == metric::kArena) {
    return static_cast<double>(limits.sram.value);
  }
  if (objective == metric::kFlash) return static_cast<double>(limits.flash.value);
  if (objective == metric::kMacs || objective == metric::kPlanMacs)
    return static_cast<double>(limits.macs.value);
  return 0;
}

}  // namespace

Yardstick::Yardstick(const SearchSetup& setup, const MemoryEvaluator& memory,
                     const LatencyModel* latency)
    : config_(setup.search), score_(setup.task.score) {
  CandidateRecord largest;
  largest.architecture = Largest(setup.space);
  memory.Evaluate(&largest);
  if (latency != nullptr) {
    const Network network = Lower(setup.space, setup.task.shape, largest.architecture);
    largest.metrics[metric::kPredictedLatency].value =
        latency->Predict(network, MacsFactor(largest)).milliseconds;
  }
  for (const auto& [name, sense] : config_.objectives) {
    const double limit = LimitOf(name, setup.limits);
    const double reference = limit > 0 ? limit : ObjectiveValue(largest, name).value_or(1);
    references_.push_back(reference > 0 ? reference : 1);
  }
}

double Yardstick::Hypervolume(std::span<const CandidateRecord> history) const {
  std::vector<Costs> points;
  for (const CandidateRecord& record : history) {
    if (!record.usable()) continue;
    Costs point = FitnessOf(record, config_).costs;
    size_t k = 0;
    for (const auto& [name, sense] : config_.objectives) {
      point[k] = name == score_.name
                     ? score_.Shortfall(sense == Direction::kMax ? -point[k] : point[k])
                     : point[k] / references_[k];
      ++k;
    }
    points.push_back(std::move(point));
  }
  return mcunas::Hypervolume(points, Costs(references_.size(), 1.0));
}

}  // namespace mcunas
