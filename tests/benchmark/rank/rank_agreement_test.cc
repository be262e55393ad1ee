#include "rank_agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "common/file.h"
#include "common/random.h"
#include "rank_networks.h"
#include "tests/unit/common/temporary_folder.h"

namespace mcunas {
namespace {

std::vector<double> Noisy(const std::vector<double>& values, double spread, uint64_t seed) {
  RandomStream random(seed, "rank test", "noise");
  std::vector<double> noisy = values;
  for (double& value : noisy) value += spread * random.Normal();
  return noisy;
}

std::vector<double> Ascending(size_t count) {
  std::vector<double> values(count);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

TEST(RankAgreementTest, PerfectRankingHasNoError) {
  const std::vector<double> truth = Ascending(80);
  const RankAgreement same = AgreementWith(truth, truth);
  EXPECT_EQ(same.tau, 1);
  EXPECT_NEAR(same.standard_error, 0, 1e-9);
}

// Many samples of one law give taus whose spread the bootstrap of one sample foretells.
TEST(RankAgreementTest, StandardErrorIsTheSpreadOfRepeatedSamples) {
  std::vector<double> taus;
  double errors = 0;
  constexpr int kSamples = 40;
  for (uint64_t seed = 1; seed <= kSamples; ++seed) {
    const std::vector<double> truth = Noisy(std::vector<double>(40, 0.0), 1, seed);
    const RankAgreement agreement = AgreementWith(truth, Noisy(truth, 0.7, seed + 1000));
    taus.push_back(agreement.tau);
    errors += agreement.standard_error / kSamples;
  }
  const double mean = std::accumulate(taus.begin(), taus.end(), 0.0) / kSamples;
  double variance = 0;
  for (const double tau : taus) variance += (tau - mean) * (tau - mean) / (kSamples - 1);
  EXPECT_NEAR(errors / std::sqrt(variance), 1, 0.3);
}

TEST(RankAgreementTest, PairedDifferenceSeesWhatBothShare) {
  const std::vector<double> truth = Ascending(80);
  const std::vector<double> good = Noisy(truth, 5, 1), bad = Noisy(good, 30, 2);
  const TauDifference gain = PairedDifference(truth, good, bad);
  EXPECT_GT(gain.interval.low, 0);
  EXPECT_LT(gain.interval.low, gain.difference);
  EXPECT_GT(gain.interval.high, gain.difference);
  const TauDifference none = PairedDifference(truth, good, good);
  EXPECT_EQ(none.interval.low, 0);
  EXPECT_EQ(none.interval.high, 0);
}

TEST(RankAgreementTest, RegretIsWhatTheFirstOnesMiss) {
  const std::vector<double> truth = {0.1, 0.9, 0.5, 0.7};
  const std::vector<double> values = {9, 1, 5, 7};
  EXPECT_DOUBLE_EQ(RankRegret(truth, values, 1), 0.8);
  EXPECT_DOUBLE_EQ(RankRegret(truth, values, 2), 0.9 - 0.7);
  EXPECT_DOUBLE_EQ(RankRegret(truth, values, 4), 0);
}

TEST(RankNetworksTest, FileSurvivesTheRoundTrip) {
  RankNetwork network;
  network.architecture.stages = {{{3, 4}, {5, 2}}};
  network.macs = 12;
  network.parameters = 34;
  network.accuracies = {0.5, 0.625};
  network.seconds = 1.5;
  const fake::TemporaryFolder folder;
  const std::string path = (folder.path() / "truth.json").string();
  ASSERT_TRUE(WriteRankNetworks(path, {network, network}));
  const auto read = ReadRankNetworks(path);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2);
  EXPECT_EQ((*read)[1].architecture, network.architecture);
  EXPECT_EQ((*read)[1].macs, 12);
  EXPECT_EQ((*read)[1].parameters, 34);
  EXPECT_EQ((*read)[1].accuracies, network.accuracies);
  EXPECT_EQ((*read)[1].seconds, 1.5);
  for (const char* bad : {"[]", "{", R"({"networks": [{"architecture": 3}]})"}) {
    ASSERT_TRUE(WriteFileAtomically(path, bad));
    EXPECT_FALSE(ReadRankNetworks(path)) << bad;
  }
  EXPECT_TRUE(ReadRankNetworks(path + " of nobody")->empty());
}

}  // namespace
}  // namespace mcunas
