#include "nas/search/evolution.h"

#include "common/config.h"

namespace mcunas {

void Describe(ConfigVisitor& v, EvolutionConfig& c) {
  v.Real("mutation", c.mutation, {0, 1}, {"probability that a gene changes", ""});
  v.Real("crossover", c.crossover, {0, 1}, {"probability that a child has two parents", ""});
  v.Integer("tournament", c.tournament, {0, 10000},
            {"contestants per parent; 0 = 2 for nsga2, population / 5 for aging", "networks"});
}

}  // namespace mcunas
