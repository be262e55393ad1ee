#include "nas/search/config.h"

#include <algorithm>

#include "common/config.h"
#include "nas/evaluate/candidate.h"

namespace mcunas {
namespace {

constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: whole numbers survive any reader

void Describe(ConfigVisitor& v, BudgetConfig& c) {
  v.Integer("evaluations", c.evaluations, {1, 1e7},
            {"networks whose accuracy is evaluated", "networks"});
  v.Duration("wall", c.wall_seconds, {0, 1e8}, {"no new round after this time; 0 = no limit", "s"});
}

}  // namespace

void Describe(ConfigVisitor& v, SearchConfig& c) {
  v.Choice("algorithm", c.algorithm, {"nsga2", "aging", "random"},
           {"NSGA-II, regularised (aging) evolution or random search", ""});
  v.Integer("population", c.population, {4, 10000},
            {"members of the population, and new networks per round", "networks"});
  v.Section("budget", {"when the search ends", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.budget); });
  v.Integer("seed", c.seed, {0, kMaxSeed}, {"of every random stream of the run", ""});
  v.Choices("objectives", c.objectives,
            {metric::kAccuracy, metric::kLatency, metric::kSram, metric::kFlash, metric::kArena,
             metric::kMacs, metric::kPlanMacs},
            {"max", "min"}, {"what is traded off", ""});
  v.Real("mutation", c.mutation, {0, 1}, {"probability that a gene changes", ""});
  v.Real("crossover", c.crossover, {0, 1}, {"probability that a child has two parents", ""});
  v.Integer("tournament", c.tournament, {0, 10000},
            {"contestants per parent; 0 = 2 for nsga2, population / 5 for aging", "networks"});
  v.Integer("finalists_per_round", c.finalists_per_round, {0, 1000},
            {"networks measured on boards after every round", "networks"});
  const bool senses = std::all_of(c.objectives.begin(), c.objectives.end(), [](const auto& o) {
    return o.second == (o.first == metric::kAccuracy ? "max" : "min");
  });
  v.Require(senses, "objectives", "accuracy is maximised, everything else minimised");
  v.Require(!c.objectives.empty() && c.objectives.size() <= 4, "objectives",
            "must name one to four objectives");
}

}  // namespace mcunas
