#include <gtest/gtest.h>

#include "common/config_read.h"
#include "nas/search/config.h"

namespace mcunas {
namespace {

std::vector<ConfigDiagnostic> Read(const std::string& yaml, SearchConfig* config) {
  return ReadConfig({"search.yaml", yaml, {}}, [&](ConfigVisitor& v) { Describe(v, *config); });
}

TEST(SearchConfig, ReadsEveryField) {
  SearchConfig config;
  const auto problems = Read(
      "algorithm: aging\npopulation: 12\nbudget: {evaluations: 48, wall: 4h}\nseed: 7\n"
      "objectives: {accuracy: max, flash_bytes: min}\nfinalists_per_round: 0\n"
      "bayes: {batch: 3, starters: 9, pool: 200}\n",
      &config);
  ASSERT_TRUE(problems.empty()) << FormatDiagnostic(problems[0]);
  EXPECT_EQ(config.algorithm, "aging");
  EXPECT_EQ(config.population, 12);
  EXPECT_EQ(config.budget.evaluations, 48);
  EXPECT_EQ(config.budget.wall_seconds, 4 * 3600);
  EXPECT_EQ(config.seed, 7);
  EXPECT_EQ(config.objectives.size(), 2u);
  EXPECT_EQ(config.finalists_per_round, 0);
  EXPECT_EQ(config.bayes.batch, 3);
  EXPECT_EQ(config.bayes.starters, 9);
  EXPECT_EQ(config.bayes.pool, 200);
}

TEST(SearchConfig, RejectsWhatMakesNoSense) {
  const auto count = [](const std::string& yaml) {
    SearchConfig config;
    return Read(yaml, &config).size();
  };
  EXPECT_EQ(count("objectives: {accuracy: min}\n"), 1u);
  EXPECT_EQ(count("objectives: {latency_ms: max}\n"), 1u);
  EXPECT_EQ(count("objectives: {speed: max}\n"), 1u);
  EXPECT_EQ(count("population: 3\n"), 1u);
  EXPECT_EQ(count("algorithm: nsga\n"), 1u);
  EXPECT_EQ(count("budget: {evaluations: 0}\n"), 1u);
  EXPECT_EQ(count("bayes: {batch: 0, starters: 1, pool: 3}\n"), 3u);
  EXPECT_EQ(count("mutation: 1.5\ncrossover: -1\n"), 2u) << "all at once";
}

}  // namespace
}  // namespace mcunas
