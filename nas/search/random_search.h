// Independent samples of the space: what the others have to beat. No options.
#pragma once

#include <memory>

#include "nas/search/strategy.h"

namespace mcunas {

std::unique_ptr<SearchStrategy> MakeRandomSearch(const StrategySetup& setup);

}  // namespace mcunas
