// NSGA-II (Deb et al. 2002): binary tournaments by front and crowding, crossover, mutation; the
// parents are the best `population` candidates known. Options: EvolutionConfig.
#pragma once

#include <memory>

#include "nas/search/strategy.h"

namespace mcunas {

std::unique_ptr<SearchStrategy> MakeNsga2(const StrategySetup& setup);

}  // namespace mcunas
