#include "nas/search/bayes/bayes_config.h"

#include "common/config.h"

namespace mcunas {

void Describe(ConfigVisitor& v, BayesConfig& c) {
  v.Integer("batch", c.batch, {1, 1000},
            {"proposed before their scores are known; never more than population", "networks"});
  v.Integer("starters", c.starters, {2, 1000},
            {"spread over the MACs before there is a model", "networks"});
  v.Integer("pool", c.pool, {16, 100000}, {"among which proposals are chosen", "networks"});
}

}  // namespace mcunas
