// The stored truth of the rank benchmark (truth.json) and what stored supernets (docs/results/rank)
// make of it. A space, a lowering or a named stream that changed makes the truth one of other
// networks; a judge that changed makes the figures of docs/results/rank.md untrue.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "cli/run/experiment.h"
#include "inherited.h"
#include "rank_agreement.h"
#include "rank_networks.h"

namespace mcunas {
namespace {

const std::filesystem::path kFolder = MCUNAS_RANK_FOLDER;
const std::filesystem::path kResults = MCUNAS_RANK_RESULTS;

std::vector<RankNetwork> Truth() {
  const auto networks = ReadRankNetworks((kFolder / "truth.json").string());
  EXPECT_TRUE(networks) << networks.error().message;
  return networks ? *networks : std::vector<RankNetwork>();
}

TEST(RankTruthTest, IsOfTheNetworksThatTheSampleDraws) {
  const auto config = LoadExperiment((kFolder / "space.yaml").string(), {});
  ASSERT_TRUE(config) << config.error().message;
  const std::vector<RankNetwork> truth = Truth(), sample = RankSample(*config, truth.size());
  ASSERT_EQ(truth.size(), 80);
  for (size_t i = 0; i < truth.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(truth[i].architecture, sample[i].architecture);
    EXPECT_EQ(truth[i].macs, sample[i].macs);
    EXPECT_EQ(truth[i].parameters, sample[i].parameters);
    for (const double accuracy : truth[i].accuracies) {
      EXPECT_GT(accuracy, 0.4);  // four times what guessing gives
      EXPECT_LT(accuracy, 0.8);
    }
  }
}

// Margins of two standard errors below what docs/results/rank.md says.
TEST(RankTruthTest, StoredSupernetRanksAsTheResultsSay) {
  const auto scores = ReadInherited((kResults / "sandwich2.json").string());
  ASSERT_TRUE(scores) << scores.error().message;
  const std::vector<RankNetwork> networks = Truth();
  ASSERT_EQ(scores->accuracies.size(), networks.size());
  const RankColumns columns = ColumnsOf(networks);
  ASSERT_GE(columns.truth.size(), 40);
  EXPECT_GE(AgreementWith(columns.truth, columns.macs).tau, 0.55);
  EXPECT_GE(AgreementWith(columns.truth, columns.Of(scores->accuracies)).tau, 0.32);
}

}  // namespace
}  // namespace mcunas
