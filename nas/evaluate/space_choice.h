// ChooseSpace: which width and resolution are worth a supernet, decided before any training.
//
// Space optimisation of TinyNAS (Lin et al. 2020, MCUNet, section 3.1): of all (width, resolution)
// pairs take the one whose networks within the board's limits have the most MACs, because within
// one family more MACs mean more capacity. Distributions, not single networks, are compared.
#pragma once

#include <cstdint>
#include <vector>

#include "common/expected.h"
#include "common/resolution.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/target_limits.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"

namespace mcunas {

class LatencyModel;  // nas/evaluate/latency_model.h

struct SpaceGrid {
  std::vector<double> width;
  std::vector<Resolution> resolution;
};
// 0.2, 0.3, ... 1.0 times 48, 64, ... 224 pixels: the 108 spaces of the paper.
SpaceGrid TinyNasGrid();

struct SpaceChoiceOptions {
  int64_t samples = 1000;    // networks per space, > 0
  uint64_t seed = 1;         // of the random streams ("space choice", number of the sample)
  int threads = 1;           // does not change the result
  double least_share = 0.1;  // spaces in which fewer networks fit do not compete, if others do
  PlanConfig plan;
  TargetLimits limits;
  // Borrowed; may be null without a limit on latency. Predicts on all threads at once.
  const LatencyModel* latency = nullptr;
};

// Networks of one space, judged.
struct SpaceSample {
  double width = 1;
  Resolution resolution;
  std::vector<int64_t> macs;  // of the networks that fit, ascending
  // Why the others do not: the first of these limits that they break, in this order.
  int64_t over_macs = 0;
  int64_t over_flash = 0;
  int64_t over_sram = 0;
  int64_t over_latency = 0;  // as far as predictions say (latency_limit.h)

  double mean_macs() const;  // 0 where none fits
  // The smallest value that at least this share of the fitting networks does not exceed; share in
  // [0, 1]; 0 where none fits.
  int64_t Quantile(double share) const;
};

struct SpaceChoice {
  int64_t samples = 0;
  std::vector<SpaceSample> spaces;  // by width, then resolution, as the grid lists them
  std::vector<size_t> ranking;      // best first: competing spaces by mean MACs, then the others
  size_t competing = 0;             // so many of them lead the ranking

  const SpaceSample& best() const { return spaces[ranking[0]]; }
};

// The same genotypes are drawn in every space (common random numbers), so that spaces differ by
// width and resolution alone and not by luck. The mean over the fitting networks is the area above
// their CDF: the order agrees with that of the CDFs wherever one lies right of the other. Equal
// means: the larger share that fits, then the place in the grid. A space in which less than
// `least_share` fits competes only where no space has more: its CDF is that of a few outliers.
// kInfeasible where not one network of any space fits. Cost: one lowering and at most one
// SmallestArena per network; with a limit on latency a plan and a prediction of those that fit.
Expected<SpaceChoice> ChooseSpace(const SpaceConfig& space, const TaskShape& task,
                                  const SpaceGrid& grid, const SpaceChoiceOptions& options);

// Does the network keep the limits with its best plan? Cheap answers first; the same answer as that
// of BoardMemoryEvaluator.
enum class FitVerdict { kFits, kOverMacs, kOverFlash, kOverSram };
FitVerdict JudgeFit(const Network& network, const PlanConfig& plan, const MemoryLimits& limits);

}  // namespace mcunas
