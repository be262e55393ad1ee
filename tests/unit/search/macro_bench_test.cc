// Search quality on 3^8 encodings of known accuracy: NAS-Bench-Macro (Su et al. 2021) where it is
// at hand, and a made-up table of its shape everywhere.
#include <gtest/gtest.h>

#include <cstdio>

#include "common/log.h"
#include "tests/data/macro_table.h"

namespace mcunas {
namespace {

using testing::MacroRow;
using testing::MacroRows;
using testing::MacroTable;

constexpr double kMacLimit = 40e6;
const Objectives kOne = {{"accuracy", Direction::kMax}};
const Objectives kTwo = {{"accuracy", Direction::kMax}, {"macs", Direction::kMin}};

SearchConfig Config(const char* algorithm, int seed, const Objectives& objectives) {
  SearchConfig config;
  config.algorithm = algorithm;
  config.population = 20;
  config.seed = seed;
  config.budget.evaluations = 100;
  config.objectives = objectives;
  return config;
}

// Means over seeds.
struct Quality {
  double regret_50 = 0, regret_100 = 0;  // points of accuracy below the optimum within the limit
  double hypervolume = 0;                // after 100, relative to that of the whole table
};

Quality Measure(MacroTable* table, const char* algorithm, const Objectives& objectives, int seeds) {
  Quality mean;
  for (int seed = 0; seed < seeds; ++seed) {
    const auto evaluated = SearchTable(table, Config(algorithm, seed, objectives));
    mean.regret_50 += RegretAfter(*table, evaluated, 50) / seeds;
    mean.regret_100 += RegretAfter(*table, evaluated, 100) / seeds;
    mean.hypervolume += table->HypervolumeRatio(evaluated) / seeds;
  }
  return mean;
}

void ExpectThatEvolutionBeatsRandomSearch(const MacroRows& rows) {
  constexpr int kSeeds = 12;
  SetLogLevel(LogLevel::kWarning);
  MacroTable table(rows, kMacLimit);
  const Quality random = Measure(&table, "random", kOne, kSeeds);
  const Quality aging = Measure(&table, "aging", kOne, kSeeds);
  const Quality single = Measure(&table, "nsga2", kOne, kSeeds);
  const Quality front = Measure(&table, "nsga2", kTwo, kSeeds);
  std::printf("regret: random %.3f, aging %.3f, nsga2 %.3f; hypervolume: random %.4f, nsga2 %.4f\n",
              random.regret_100, aging.regret_100, single.regret_100, random.hypervolume,
              front.hypervolume);
  EXPECT_LT(aging.regret_100, 0.8 * random.regret_100);
  EXPECT_LT(single.regret_100, 0.8 * random.regret_100);
  EXPECT_LT(1 - front.hypervolume, 0.4 * (1 - random.hypervolume));
}

TEST(MadeUpBench, EvolutionBeatsRandomSearch) {
  ExpectThatEvolutionBeatsRandomSearch(testing::MadeUpRows());
}

TEST(NasBenchMacro, EvolutionBeatsRandomSearch) {
  const auto rows = testing::NasBenchMacro();
  if (!rows) GTEST_SKIP() << "no NAS-Bench-Macro";
  ExpectThatEvolutionBeatsRandomSearch(*rows);
}

TEST(NasBenchMacro, BayesFindsTheBestNetworkInFiftyEvaluations) {
  const auto rows = testing::NasBenchMacro();
  if (!rows) GTEST_SKIP() << "no NAS-Bench-Macro";
  SetLogLevel(LogLevel::kWarning);
  MacroTable table(*rows, kMacLimit);
  const Quality bayes = Measure(&table, "bayes", kOne, 60);
  std::printf("regret of bayes: %.4f after 50, %.4f after 100\n", bayes.regret_50,
              bayes.regret_100);
  EXPECT_LE(bayes.regret_50, 0.02);
  EXPECT_LE(bayes.regret_100, 0.005);
}

TEST(NasBenchMacro, BayesFindsTheFrontInAHundredEvaluations) {
  const auto rows = testing::NasBenchMacro();
  if (!rows) GTEST_SKIP() << "no NAS-Bench-Macro";
  SetLogLevel(LogLevel::kWarning);
  MacroTable within(*rows, kMacLimit), whole(*rows, std::numeric_limits<double>::infinity());
  const double limited = Measure(&within, "bayes", kTwo, 60).hypervolume;
  const double all = Measure(&whole, "bayes", kTwo, 60).hypervolume;
  std::printf("hypervolume of bayes: %.4f within the limit, %.4f without one\n", limited, all);
  EXPECT_GE(limited, 0.99);
  EXPECT_GE(all, 0.99);
}

// The made-up table has noise of a tenth of a point, more than two neighbours of its optimum
// differ.
TEST(MadeUpBench, BayesBeatsEvolution) {
  SetLogLevel(LogLevel::kWarning);
  MacroTable table(testing::MadeUpRows(), kMacLimit);
  const Quality aging = Measure(&table, "aging", kOne, 12);
  const Quality bayes = Measure(&table, "bayes", kOne, 12);
  std::printf("regret after 50: aging %.3f, bayes %.3f\n", aging.regret_50, bayes.regret_50);
  EXPECT_LT(bayes.regret_50, 0.5 * aging.regret_50);
}

}  // namespace
}  // namespace mcunas
