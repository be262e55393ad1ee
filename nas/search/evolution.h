// The options that evolving strategies share: how parents become children.
#pragma once

#include <cstdint>

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct EvolutionConfig {
  double mutation = 0.1;   // probability per gene; at least one gene changes
  double crossover = 0.5;  // probability that a child has two parents; of nsga2
  int64_t tournament = 0;  // contestants per parent; 0 = 2 for nsga2, population / 5 for aging
};
void Describe(ConfigVisitor& visitor, EvolutionConfig& config);

}  // namespace mcunas
