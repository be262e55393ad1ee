// Static laws first; only a plan whose placements make sense is executed.
#include "memory_model/judge/validate_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/index.h"
#include "memory_model/judge/placement_laws.h"
#include "memory_model/judge/plan_laws.h"
#include "memory_model/judge/simulate_plan.h"
#include "memory_model/judge/tile_extent.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

// Per operator, rows of all bands times columns of all strips, at least the whole map.
Macs CountedMacs(const Network& network, const PlanGroup& group) {
  std::vector<int64_t> rows(Index(group.last - group.first), 0);
  std::vector<int64_t> columns = rows;
  for (int band = 0; band < group.bands; ++band) {
    const std::vector<TileExtent> tile = TileExtents(network, group, band, 0);
    for (size_t i = 0; i < tile.size(); ++i) rows[i] += tile[i].end_row - tile[i].first_row;
  }
  for (int strip = 0; strip < group.strips; ++strip) {
    const std::vector<TileExtent> tile = TileExtents(network, group, 0, strip);
    for (size_t i = 0; i < tile.size(); ++i)
      columns[i] += tile[i].end_column - tile[i].first_column;
  }
  Macs total;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Operator& op = network.operators[Index(group.first) + i];
    const Shape map = WorkShape(op);
    const int64_t pixels =
        std::max<int64_t>(rows[i], map.height) * std::max<int64_t>(columns[i], map.width);
    total += Macs(OperatorMacs(op).value / (int64_t{map.height} * map.width) * pixels);
  }
  return total;
}

void CheckMacs(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement) {
  const double layerwise = static_cast<double>(NetworkMacs(network).value);
  const double executed = static_cast<double>(judgement->executed.value);
  const double counted = static_cast<double>(judgement->counted.value);
  const double claimed = plan.macs_factor * layerwise;
  const double slack = 0.5 + 1e-9 * counted;  // of rounding the factor
  const bool empty_factor = layerwise == 0 && plan.macs_factor != 1.0;
  if (executed > claimed + slack || claimed > counted + slack || !std::isfinite(claimed) ||
      empty_factor)
    judgement->Add(PlanLaw::kMacs, -1,
                   "factor " + std::to_string(plan.macs_factor) + " claims " +
                       std::to_string(claimed) + " MACs; " +
                       std::to_string(judgement->executed.value) + " are executed and " +
                       std::to_string(judgement->counted.value) + " counted");
}

bool TooLarge(const Network& network) {
  int64_t pixels = int64_t{network.input.height} * network.input.width;
  for (const Operator& op : network.operators) pixels += int64_t{op.out.height} * op.out.width;
  return pixels > kMaxJudgedPixels;
}

}  // namespace

const char* PlanLawName(PlanLaw law) {
  switch (law) {
    case PlanLaw::kCoverage:
      return "coverage";
    case PlanLaw::kMode:
      return "mode";
    case PlanLaw::kInput:
      return "input";
    case PlanLaw::kState:
      return "state";
    case PlanLaw::kMove:
      return "move";
    case PlanLaw::kCapacity:
      return "capacity";
    case PlanLaw::kAlignment:
      return "alignment";
    case PlanLaw::kScratch:
      return "scratch";
    case PlanLaw::kDependency:
      return "dependency";
    case PlanLaw::kOverlap:
      return "overlap";
    case PlanLaw::kLifetime:
      return "lifetime";
    case PlanLaw::kMacs:
      return "macs";
  }
  return "unknown";
}

bool PlanJudgement::Breaks(PlanLaw law) const {
  for (const PlanViolation& violation : violations)
    if (violation.law == law) return true;
  return false;
}

void PlanJudgement::Add(PlanLaw law, int op, std::string message) {
  if (!full()) violations.push_back({law, op, std::move(message)});
}

PlanJudgement JudgePlan(const Network& network, const ExecutionPlan& plan) {
  PlanJudgement judgement;
  CheckCoverage(network, plan, &judgement);
  if (!judgement.violations.empty()) return judgement;
  CheckModes(network, plan, &judgement);
  CheckScratch(network, plan, &judgement);
  if (judgement.Breaks(PlanLaw::kMode)) return judgement;
  CheckPlacements(network, plan, &judgement);
  CheckStatesAndMoves(network, plan, &judgement);
  if (TooLarge(network))
    judgement.Add(PlanLaw::kCapacity, -1, "the network has too many pixels to be judged");
  for (PlanLaw law : {PlanLaw::kCapacity, PlanLaw::kState, PlanLaw::kMove})
    if (judgement.Breaks(law)) return judgement;
  for (const PlanGroup& group : plan.groups) judgement.counted += CountedMacs(network, group);
  SimulatePlan(network, plan, &judgement);
  if (!judgement.full()) CheckMacs(network, plan, &judgement);
  return judgement;
}

std::vector<PlanViolation> ValidatePlan(const Network& network, const ExecutionPlan& plan) {
  return JudgePlan(network, plan).violations;
}

}  // namespace mcunas
