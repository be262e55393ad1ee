// Baselines: networks that took no search, trained at the cost of one. What a search's winner must
// beat.
#pragma once

#include "common/named.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/weights_recipe.h"

namespace mcunas {

enum class BaselineKind {
  kLargest,  // the network with the most MACs within the limits, trained alone
  kUniform,  // the largest of width x resolution within the limits, trained alone
  kRandom,   // the best of as many random networks as the search evaluated, same supernet
};
inline constexpr Named<BaselineKind> kBaselineKinds[] = {{BaselineKind::kLargest, "largest"},
                                                         {BaselineKind::kUniform, "uniform"},
                                                         {BaselineKind::kRandom, "random"}};

// What baselines may spend.
enum class BaselineBudget {
  kEqualCost,    // the work of the whole search (search_work.h)
  kEqualEpochs,  // the epochs that the winner's weights saw
  kNone,         // there are no baselines
};
inline constexpr Named<BaselineBudget> kBaselineBudgets[] = {
    {BaselineBudget::kEqualCost, "equal_cost"},
    {BaselineBudget::kEqualEpochs, "equal_epochs"},
    {BaselineBudget::kNone, "none"}};

struct Baseline {
  BaselineKind kind = BaselineKind::kLargest;
  CandidateRecord record;  // within the limits
  WeightsRecipe recipe;
};

}  // namespace mcunas
