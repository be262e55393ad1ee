// Bayesian optimisation: a Gaussian process over the genes foretells scores, costs are known ahead,
// and the network with the largest expected improvement is evaluated next.
//
// One goal: expected improvement. Two or three: expected improvement of the hypervolume, exact
// because only the score is uncertain. A batch takes what is foretold of its earlier members for
// true. First come `starters`, spread over the MACs. Pays where an evaluation costs more than some
// milliseconds; docs/results/search.md says how it compares. Options: BayesConfig.
#pragma once

#include <memory>

#include "nas/search/strategy.h"

namespace mcunas {

// Its batches are no larger than the population.
std::unique_ptr<SearchStrategy> MakeBayesSearch(const StrategySetup& setup);

}  // namespace mcunas
