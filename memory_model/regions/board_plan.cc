// Plans for a board: one region where that is enough, several otherwise.
#include "memory_model/regions/board_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "memory_model/memory_model.h"

namespace mcunas {
namespace {

constexpr int kPlanAttempts = 6;  // with less and less arena

// What lies in region 0 beside activations and scratch. The output is the caller's buffer.
Bytes Reserve(const Network& network) {
  int64_t output = 0;
  for (int tensor : OutputTensors(network)) output += network.tensor_shape(tensor).elements();
  return kStaticDataEstimate + kStackEstimate + Bytes(output);
}

Bytes Used(const ExecutionPlan& plan) { return plan.arena + plan.scratch; }

ExecutionPlan PlanWithin(const Network& network, PlanOptions options, int64_t bytes) {
  if (options.sram.value <= 0 || options.sram.value > bytes) options.sram = Bytes(bytes);
  return PlanMemory(network, options);
}

RegionPlan InOneRegion(const Network& network, ExecutionPlan plan,
                       const std::vector<PlanRegion>& regions) {
  RegionPlan placed;
  placed.access_cost = RegionAccessCost(network, plan, regions);
  placed.traffic.assign(regions.size(), Bytes(0));
  placed.traffic[0] = Bytes(placed.access_cost / regions[0].access_cost);
  placed.plan = std::move(plan);
  return placed;
}

Error TooLarge(const BoardProfile& board, const ExecutionPlan& smallest, Bytes reserve) {
  return {ErrorCode::kInfeasible, "board '" + board.name + "' has " +
                                      std::to_string(board.sram_total().value) +
                                      " bytes of SRAM in all; the smallest plan needs " +
                                      std::to_string((Used(smallest) + reserve).value)};
}

// Plans that use less and less until one can be divided among the regions; the error of the
// smallest one where none can.
Expected<RegionPlan> InSeveralRegions(const Network& network, const PlanOptions& options,
                                      const std::vector<PlanRegion>& regions, Bytes reserve) {
  int64_t limit = -reserve.value;
  for (const PlanRegion& region : regions) limit += region.size.value;
  for (int attempt = 0; attempt < kPlanAttempts && limit > 0; ++attempt) {
    const ExecutionPlan plan = PlanWithin(network, options, limit);
    if (Used(plan).value > limit) break;
    Expected<RegionPlan> placed = PlaceInRegions(network, plan, regions, reserve);
    if (placed.ok()) return placed;
    limit = std::min(limit, Used(plan).value) * 7 / 8;
  }
  PlanOptions smallest = options;
  smallest.sram = Bytes(0);
  return PlaceInRegions(network, PlanMemory(network, smallest), regions, reserve);
}

}  // namespace

std::vector<PlanRegion> BoardRegions(const BoardProfile& board) {
  std::vector<PlanRegion> regions;
  for (const MemoryRegion& region : board.sram) {
    const int64_t by_default = regions.empty() ? 1 : 2;
    const int64_t cost = region.access_cost > 0 ? region.access_cost : by_default;
    regions.push_back({region.name, Bytes(region.size_bytes), static_cast<int>(cost)});
  }
  return regions;
}

Expected<RegionPlan> PlanInBoardRegions(const Network& network, const BoardProfile& board,
                                        const PlanOptions& options) {
  std::vector<PlanRegion> regions = BoardRegions(board);
  if (regions.empty())
    return Error{ErrorCode::kUsage, "board '" + board.name + "' has no SRAM regions"};
  if (regions.size() > kMostRegions) regions.resize(kMostRegions);
  const Bytes reserve = Reserve(network);
  const int64_t room = std::max<int64_t>(1, regions[0].size.value - reserve.value);
  ExecutionPlan plan = PlanWithin(network, options, room);
  if (Used(plan).value <= room && regions[0].size.value > reserve.value)
    return InOneRegion(network, std::move(plan), regions);
  if (regions.size() == 1 || Used(plan) + reserve > board.sram_total())
    return TooLarge(board, plan, reserve);
  return InSeveralRegions(network, options, regions, reserve);
}

ExecutionPlan SpreadOverRegions(const Network& network, ExecutionPlan plan,
                                const BoardProfile& board, const PlanOptions& options) {
  if (board.sram.size() < 2 || Used(plan) + Reserve(network) <= Bytes(board.sram[0].size_bytes))
    return plan;
  Expected<RegionPlan> spread = PlanInBoardRegions(network, board, options);
  return spread ? std::move(spread->plan) : plan;
}

}  // namespace mcunas
