// Plans over several memory regions: DTCM and AXI SRAM, internal SRAM and external SDRAM.
//
// A plan for one region says which groups run and what they need; here every tensor, ring and block
// of sums gets a region so that nothing exceeds a region in any group, and so that slow regions are
// used little.
//
// Objective: the sum over all accesses of bytes * access_cost of the region, as if the network was
// executed once layer by layer: an operator with a window reads kernel pixels per output pixel
// (padding counts as data), one that repeats pixels or factors reads them as often as it uses them,
// the others read their operands once; every operator writes its output once; int32 sums are read
// and written once per addition; the caller writes the input. Scratch stays in region 0.
//
// A whole tensor may go to another region between two groups, where both regions have room for it;
// the copy counts as accesses (copies within a region, which layout may add, do not). The output of
// a group overlaps a dying tensor only within a region.
//
// Method: dynamic programming over groups; a state is the region of every tensor that is alive
// between two groups. Inside a group, rings and sums are assigned by branch and bound with the
// fractional (densest first into the cheapest region) bound. Exact where every group has at most
// kRegionChoices assignments of its whole tensors and the branch and bound ends within
// kRegionNodes; otherwise kRegionBeam states are kept, at most one tensor moves at a time, and the
// result says so. Since tensors can be moved, what fits by its sum has a layout (group_layout.h).
#pragma once

#include <string>
#include <vector>

#include "common/expected.h"
#include "common/units.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

constexpr int kRegionChoices = 1 << 8;
constexpr int kRegionNodes = 1 << 14;
constexpr int kRegionBeam = 64;
constexpr int kMostRegions = 8;

struct PlanRegion {
  std::string name;
  Bytes size;
  int access_cost = 1;  // of a byte, relative to the other regions; >= 1
};

enum class RegionMethod {
  kOneRegion,  // everything lies in region 0
  kExact,      // no assignment of these groups has a lower cost
  kBeam,       // the best assignment found
};

struct RegionPlan {
  ExecutionPlan plan;
  RegionMethod method = RegionMethod::kOneRegion;
  int64_t access_cost = 0;     // the objective
  std::vector<Bytes> traffic;  // bytes read and written per region
};

// Assigns regions and offsets to what `plan` (a valid plan for one region) consists of; its offsets
// and moves are ignored. `reserve`: bytes of region 0 that neither activations nor scratch may
// take. Errors: kInfeasible with the smallest total that would do if region 0 grew. Pre-condition:
// 1 .. kMostRegions regions.
Expected<RegionPlan> PlaceInRegions(const Network& network, const ExecutionPlan& plan,
                                    const std::vector<PlanRegion>& regions, Bytes reserve);

// Cost of the accesses of any placed plan, moves included: what PlaceInRegions minimises.
int64_t RegionAccessCost(const Network& network, const ExecutionPlan& plan,
                         const std::vector<PlanRegion>& regions);

}  // namespace mcunas
