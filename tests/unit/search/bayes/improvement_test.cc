// Expected improvements against sampling.
#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"
#include "nas/search/bayes/expected_improvement.h"
#include "nas/search/bayes/hypervolume_improvement.h"
#include "nas/search/hypervolume.h"

namespace mcunas {
namespace {

TEST(ExpectedImprovement, IsTheMeanOfWhatIsSampled) {
  for (const double level : {-2.0, -0.3, 0.0, 0.4, 1.5}) {
    for (const double deviation : {0.1, 1.0, 3.0}) {
      RandomStream random(1, "improvement");
      double sum = 0, squares = 0;
      constexpr int kSamples = 200000;
      for (int i = 0; i < kSamples; ++i) {
        const double gain = std::max(0.0, 0.2 + deviation * random.Normal() - level);
        sum += gain;
        squares += gain * gain;
      }
      const double mean = sum / kSamples;
      const double error = std::sqrt((squares / kSamples - mean * mean) / kSamples);
      EXPECT_NEAR(ExpectedImprovement(0.2, deviation, level), mean, 5 * error + 1e-12);
    }
  }
}

TEST(ExpectedImprovement, KeepsItsLaws) {
  EXPECT_EQ(ExpectedImprovement(2, 0, 1.5), 0.5);
  EXPECT_EQ(ExpectedImprovement(1, 0, 1.5), 0);
  EXPECT_NEAR(ExpectedImprovement(0, 1, 0), 1 / std::sqrt(2 * M_PI), 1e-15);
  double before = 1e9;
  for (double level = -5; level < 60; level += 0.5) {
    const double now = ExpectedImprovement(0, 1, level);
    EXPECT_GE(now, 0);
    EXPECT_LE(now, before);
    before = now;
  }
}

std::vector<GainAtCosts> RandomNetworks(int count, bool two_costs, RandomStream* random) {
  std::vector<GainAtCosts> networks;
  for (int i = 0; i < count; ++i) {
    GainAtCosts& n = networks.emplace_back();
    n.costs[0] = 1.1 * random->Unit();  // some beyond the reference
    n.costs[1] = two_costs ? 1.1 * random->Unit() : 0;
    n.gain = n.costs[0] + n.costs[1] + 0.5 * random->Normal();
  }
  return networks;
}

constexpr double kWorst = -0.2;

double VolumeOf(const std::vector<GainAtCosts>& networks) {
  std::vector<Costs> points;
  for (const GainAtCosts& n : networks) points.push_back({-n.gain, n.costs[0], n.costs[1]});
  return Hypervolume(points, {-kWorst, 1, 1});
}

TEST(HypervolumeImprovement, OfACertainNetworkIsTheDifferenceOfVolumes) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random(seed, "certain");
    const bool two_costs = seed % 2 == 0;
    auto networks = RandomNetworks(static_cast<int>(seed % 15), two_costs, &random);
    HypervolumeImprovement volume(kWorst);
    for (const GainAtCosts& n : networks) volume.Add(n);
    const double before = VolumeOf(networks);
    for (const GainAtCosts& n : RandomNetworks(10, two_costs, &random)) {
      networks.push_back(n);
      EXPECT_NEAR(volume.Expected(n.gain, 0, n.costs), VolumeOf(networks) - before, 1e-12);
      networks.pop_back();
    }
  }
}

TEST(HypervolumeImprovement, IsTheMeanOfWhatIsSampled) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random(seed, "uncertain");
    auto networks = RandomNetworks(8, seed % 2 == 0, &random);
    HypervolumeImprovement volume(kWorst);
    for (const GainAtCosts& n : networks) volume.Add(n);
    const double before = VolumeOf(networks);
    const GainAtCosts one = RandomNetworks(1, seed % 2 == 0, &random)[0];
    double sum = 0, squares = 0;
    constexpr int kSamples = 20000;
    for (int i = 0; i < kSamples; ++i) {
      networks.push_back({one.gain + 0.4 * random.Normal(), one.costs});
      const double gain = VolumeOf(networks) - before;
      networks.pop_back();
      sum += gain;
      squares += gain * gain;
    }
    const double mean = sum / kSamples;
    const double error = std::sqrt(std::max(0.0, squares / kSamples - mean * mean) / kSamples);
    EXPECT_NEAR(volume.Expected(one.gain, 0.4, one.costs), mean, 5 * error + 1e-12);
  }
}

TEST(HypervolumeImprovement, FallsWhenItsOwnNetworkIsKnown) {
  HypervolumeImprovement volume(0);
  volume.Add({0.5, {0.5, 0}});
  const double before = volume.Expected(0.8, 0.1, {0.3, 0});
  volume.Add({0.8, {0.3, 0}});
  EXPECT_LT(volume.Expected(0.8, 0.1, {0.3, 0}), 0.2 * before);
  EXPECT_EQ(volume.Expected(0.8, 0, {0.3, 0}), 0);
  EXPECT_EQ(volume.Expected(5, 1, {1.0, 0}), 0) << "beyond the reference nothing counts";
}

}  // namespace
}  // namespace mcunas
