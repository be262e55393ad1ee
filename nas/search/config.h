// The `search:` section.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/named.h"
#include "nas/evaluate/objective.h"
#include "nas/search/bayes/bayes_config.h"
#include "nas/search/evolution.h"

namespace mcunas {

class ConfigVisitor;  // common/config.h

// When a search ends, whatever comes first.
struct BudgetConfig {
  int64_t evaluations = 400;  // networks whose accuracy is evaluated
  double wall_seconds = 0;    // checked after every round; 0 = no limit
};

// Which candidates the final ranking gets.
enum class FinalistChoice {
  kAccurate,  // the best by score
  kFront,     // half of them from the front by score, the rest by front and isolation
};
inline constexpr Named<FinalistChoice> kFinalistChoices[] = {
    {FinalistChoice::kAccurate, "accurate"}, {FinalistChoice::kFront, "front"}};

// Few images first (screening.h).
struct ScreenConfig {
  int64_t images = 0;  // of the hold-out that every network is scored on; 0 = all
  double errors = 2;   // standard errors that a network may lie behind and be scored on all
};

struct SearchConfig {
  std::string algorithm = "nsga2";  // a name of the table in strategy.cc
  int64_t population = 40;          // also the number of networks per round
  BudgetConfig budget;
  int64_t seed = 1;
  std::vector<std::string> start;  // JSON files of networks that the search begins with
  Objectives objectives = {{"accuracy", Direction::kMax},
                           {"latency_ms", Direction::kMin},
                           {"sram_bytes", Direction::kMin}};
  EvolutionConfig evolution;  // of the strategies that evolve; keys of `search:` itself
  BayesConfig bayes;          // of Bayesian optimisation; keys of `search.bayes`
  ScreenConfig screen;
  FinalistChoice finalists = FinalistChoice::kAccurate;
  int64_t finalists_per_round = 2;  // measured on the boards of the bench; 0 = none
};
void Describe(ConfigVisitor& visitor, SearchConfig& config);

}  // namespace mcunas
