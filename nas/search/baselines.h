// Which networks a search is held against, and how long each may train.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nas/evaluate/baseline.h"
#include "nas/search/search_loop.h"

namespace mcunas {

struct BaselineTerms {
  BaselineBudget budget = BaselineBudget::kEqualCost;
  double work = 0;              // of the whole search
  int64_t epochs = 0;           // that the winner's weights saw
  int64_t training_images = 0;  // of an epoch, > 0
  int64_t evaluations = 0;      // networks whose score the search asked for
  // Of a network that the search would ship: what random search's best is trained by. The others
  // take its weight decay.
  std::function<WeightsRecipe(const Architecture&)> final_recipe;
};

// The largest network within the limits and the largest uniform scaling (starters.h), both from
// random weights; and the best of as many random networks as the search evaluated, by the score
// they inherit, to be trained like a winner. A search that was random itself has no third; a
// baseline that does not exist is left out. Scores are recalled from and kept in the study. Errors
// of the ports; kInterrupted.
Expected<std::vector<Baseline>> ChooseBaselines(const SearchSetup& setup, const SearchPorts& ports,
                                                const BaselineTerms& terms, const StopToken& stop);

}  // namespace mcunas
