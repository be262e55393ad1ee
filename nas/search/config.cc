#include "nas/search/config.h"

#include <algorithm>

#include "common/config.h"
#include "common/text.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/task.h"
#include "nas/search/strategy.h"

namespace mcunas {
namespace {

constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: whole numbers survive any reader

void Describe(ConfigVisitor& v, BudgetConfig& c) {
  v.Integer("evaluations", c.evaluations, {1, 1e7},
            {"networks whose accuracy is evaluated", "networks"});
  v.Duration("wall", c.wall_seconds, {0, 1e8}, {"no new round after this time; 0 = no limit", "s"});
}

void Describe(ConfigVisitor& v, ScreenConfig& c) {
  v.Integer(
      "images", c.images, {0, 1e7},
      {"of the hold-out that every network is scored on; who may be on the front is scored on "
       "all of it. 0 = all at once",
       "images"});
  v.Real("errors", c.errors, {0, 100},
         {"paired standard errors that a network may lie behind another that costs no more", ""});
}

std::vector<std::string> ObjectiveNames() {
  std::vector<std::string> names;
  for (const Score& score : KnownScores()) names.push_back(score.name);
  names.insert(names.end(), {metric::kLatency, metric::kSram, metric::kFlash, metric::kArena,
                             metric::kMacs, metric::kPlanMacs});
  return names;
}

// Of the task that has such a score; a resource is used as little as possible.
Direction DirectionOf(const std::string& objective) {
  for (const Score& score : KnownScores()) {
    if (score.name == objective) return score.direction();
  }
  return Direction::kMin;
}

std::string SensesText() {
  std::vector<std::string> maximised;
  for (const Score& score : KnownScores()) {
    if (score.direction() == Direction::kMax) maximised.push_back(score.name);
  }
  return Join(maximised, ", ") + " is maximised, everything else minimised";
}

}  // namespace

void Describe(ConfigVisitor& v, SearchConfig& c) {
  v.Choice("algorithm", c.algorithm, StrategyNames(),
           {"NSGA-II, regularised (aging) evolution, Bayesian optimisation or random search", ""});
  v.Integer("population", c.population, {4, 10000},
            {"members of the population, and new networks per round", "networks"});
  v.Section("budget", {"when the search ends", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.budget); });
  v.Integer("seed", c.seed, {0, kMaxSeed}, {"of every random stream of the run", ""});
  v.Paths(
      "start", c.start,
      {"JSON files of networks to begin with (architecture.json of a candidate), relative to this "
       "file",
       ""});
  v.EnumMap("objectives", c.objectives, ObjectiveNames(), kDirections, {"what is traded off", ""});
  DescribeStrategyOptions(v, c);
  v.Section("screen", {"few images first", ""},
            [&](ConfigVisitor& inner) { Describe(inner, c.screen); });
  v.Enum("finalists", c.finalists, kFinalistChoices,
         {"networks of the final ranking: the best by score, or spread over the Pareto front", ""});
  v.Integer("finalists_per_round", c.finalists_per_round, {0, 1000},
            {"networks measured on boards after every round", "networks"});
  const bool senses = std::all_of(c.objectives.begin(), c.objectives.end(),
                                  [](const auto& o) { return o.second == DirectionOf(o.first); });
  v.Require(senses, "objectives", SensesText());
  v.Require(!c.objectives.empty() && c.objectives.size() <= 4, "objectives",
            "must name one to four objectives");
}

}  // namespace mcunas
