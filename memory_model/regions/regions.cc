#include "memory_model/regions/regions.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/check.h"
#include "common/index.h"
#include "memory_model/alignment.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/regions/region_assignment.h"
#include "memory_model/regions/region_layout.h"
#include "memory_model/regions/region_problem.h"

namespace mcunas {
namespace {

int64_t RoundDown(int64_t value) {
  return std::max<int64_t>(0, value) / kArenaAlignment * kArenaAlignment;
}

// What activations may take. `more`: bytes that region 0 is larger than it is.
std::vector<RegionSpec> Specs(const std::vector<PlanRegion>& regions, int64_t taken,
                              int64_t more = 0) {
  std::vector<RegionSpec> specs;
  for (const PlanRegion& region : regions)
    specs.push_back({RoundDown(region.size.value), region.access_cost});
  specs[0].capacity = RoundDown(regions[0].size.value + more - taken);
  return specs;
}

// The least that region 0 would have to grow.
int64_t SmallestGrowth(const RegionProblem& problem, const std::vector<PlanRegion>& regions,
                       int64_t taken, int64_t arena) {
  int64_t too_small = 0;
  int64_t enough = arena + taken;
  while (enough - too_small > kArenaAlignment) {
    const int64_t middle = too_small + (enough - too_small) / 2;
    (AssignRegions(problem, Specs(regions, taken, middle)) ? enough : too_small) = middle;
  }
  return enough;
}

Bytes TotalSize(const std::vector<PlanRegion>& regions) {
  Bytes total;
  for (const PlanRegion& region : regions) total += region.size;
  return total;
}

Error DoesNotFit(const std::vector<PlanRegion>& regions, int64_t growth) {
  const int64_t total = TotalSize(regions).value;
  std::string names;
  for (const PlanRegion& region : regions)
    names += (names.empty() ? "" : ", ") + region.name + " " + std::to_string(region.size.value);
  return {ErrorCode::kInfeasible, "the plan does not fit these memory regions (" + names +
                                      "): " + std::to_string(total + growth) +
                                      " bytes in all would do, " + std::to_string(growth) +
                                      " of them more in '" + regions[0].name + "'"};
}

// A placement that breaks the laws of plans is a bug.
[[maybe_unused]] void CheckPlan(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  MCUNAS_CHECK(violations.empty(), violations.empty() ? std::string() : violations[0].message);
}

// Regions of the objects of every group of a placed plan.
RegionAssignment ReadAssignment(const RegionProblem& problem, const ExecutionPlan& plan) {
  RegionAssignment assignment;
  PerTensor<int> now;
  for (const TensorPlacement& tensor : plan.tensors) now.push_back(tensor.region);
  for (size_t g = 0; g < problem.groups.size(); ++g) {
    const RegionGroup& group = problem.groups[g];
    GroupRegions regions;
    for (const RegionObject& object : group.alive) regions.alive_before.push_back(now[object.id]);
    for (const TensorMove& move : plan.moves)
      if (move.group == static_cast<int>(g)) now[move.tensor] = move.region;
    for (const RegionObject& object : group.alive) regions.alive.push_back(now[object.id]);
    for (const RegionObject& object : group.made) regions.made.push_back(now[object.id]);
    for (const RegionObject& object : group.rings) regions.rings.push_back(now[object.id]);
    for (const RegionObject& object : group.sums)
      for (const StatePlacement& state : plan.states)
        if (state.op == object.id) regions.sums.push_back(state.region);
    assignment.groups.push_back(std::move(regions));
  }
  return assignment;
}

}  // namespace

Expected<RegionPlan> PlaceInRegions(const Network& network, const ExecutionPlan& plan,
                                    const std::vector<PlanRegion>& regions, Bytes reserve) {
  MCUNAS_CHECK(!regions.empty() && regions.size() <= kMostRegions, "1 to 8 regions");
  const RegionProblem problem = BuildRegionProblem(network, plan);
  const int64_t taken = plan.scratch.value + reserve.value;
  const std::vector<RegionSpec> specs = Specs(regions, taken);
  std::optional<RegionAssignment> assignment;
  if (regions[0].size.value >= taken) assignment = AssignRegions(problem, specs);
  if (!assignment)
    return DoesNotFit(regions, SmallestGrowth(problem, regions, taken, plan.live_bound.value));
  RegionPlan placed;
  placed.plan = LayOutRegions(problem, *assignment, plan);
  placed.access_cost = assignment->cost;
  for (int64_t bytes : assignment->traffic) placed.traffic.push_back(Bytes(bytes));
  placed.method = assignment->exact ? RegionMethod::kExact : RegionMethod::kBeam;
  if (regions.size() == 1) placed.method = RegionMethod::kOneRegion;
#ifndef NDEBUG
  CheckPlan(network, placed.plan);
#endif
  return placed;
}

int64_t RegionAccessCost(const Network& network, const ExecutionPlan& plan,
                         const std::vector<PlanRegion>& regions) {
  const RegionProblem problem = BuildRegionProblem(network, plan);
  const RegionAssignment assignment = ReadAssignment(problem, plan);
  const auto cost = [&](int region) { return int64_t{regions[Index(region)].access_cost}; };
  int64_t sum = 0;
  if (!problem.groups[0].alive.empty())
    sum += problem.input_traffic * cost(assignment.groups[0].alive_before[0]);
  for (size_t g = 0; g < problem.groups.size(); ++g) {
    const RegionGroup& group = problem.groups[g];
    const GroupRegions& in = assignment.groups[g];
    const auto add = [&](const std::vector<RegionObject>& objects, const std::vector<int>& where) {
      for (size_t k = 0; k < objects.size(); ++k) sum += objects[k].traffic * cost(where[k]);
    };
    add(group.alive, in.alive);
    add(group.made, in.made);
    add(group.rings, in.rings);
    add(group.sums, in.sums);
    for (size_t k = 0; k < group.alive.size(); ++k)
      if (in.alive[k] != in.alive_before[k])
        sum += group.alive[k].size * (cost(in.alive[k]) + cost(in.alive_before[k]));
  }
  return sum;
}

}  // namespace mcunas
