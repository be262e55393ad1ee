// Regularised evolution (Real et al. 2019): mutants of tournament winners; the oldest die. One
// goal: the score of the task within the limits, or the first objective where it is none. Options:
// EvolutionConfig, but for crossover.
#pragma once

#include <memory>

#include "nas/search/strategy.h"

namespace mcunas {

std::unique_ptr<SearchStrategy> MakeAging(const StrategySetup& setup);

}  // namespace mcunas
