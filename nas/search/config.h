// The `search:` section.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace mcunas {

class ConfigVisitor;  // common/config.h

// When a search ends, whatever comes first.
struct BudgetConfig {
  int64_t evaluations = 400;  // networks whose accuracy is evaluated
  double wall_seconds = 0;    // checked after every round; 0 = no limit
};

struct SearchConfig {
  std::string algorithm = "nsga2";  // nsga2, aging, random
  int64_t population = 40;          // also the number of networks per round
  BudgetConfig budget;
  int64_t seed = 1;
  std::map<std::string, std::string> objectives = {
      {"accuracy", "max"}, {"latency_ms", "min"}, {"sram_bytes", "min"}};
  double mutation = 0.1;   // probability per gene; at least one gene changes
  double crossover = 0.5;  // probability that a child has two parents
  int64_t tournament = 0;  // contestants per parent; 0 = 2 for nsga2, population / 5 for aging
  int64_t finalists_per_round = 2;  // measured on the boards of the bench; 0 = none
};
void Describe(ConfigVisitor& visitor, SearchConfig& config);

}  // namespace mcunas
