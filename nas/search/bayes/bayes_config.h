// The options of Bayesian optimisation: `search.bayes`.
#pragma once

#include <cstdint>

namespace mcunas {

class ConfigVisitor;  // common/config.h

struct BayesConfig {
  int64_t batch = 5;      // networks proposed before their scores are known
  int64_t starters = 16;  // networks spread over the MACs before the first model
  int64_t pool = 1000;    // networks among which proposals are chosen
};
void Describe(ConfigVisitor& visitor, BayesConfig& config);

}  // namespace mcunas
