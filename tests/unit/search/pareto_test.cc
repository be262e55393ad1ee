#include "nas/search/pareto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "common/random.h"

namespace mcunas {
namespace {

// Few distinct values, so that ties and equal points are common.
std::vector<Costs> RandomPoints(RandomStream* random, size_t n, size_t dimensions) {
  std::vector<Costs> points(n, Costs(dimensions));
  for (Costs& p : points) {
    for (double& x : p) x = static_cast<double>(random->Below(6));
  }
  return points;
}

// By definition: peel off what nothing left dominates.
std::vector<int> PeelRanks(const std::vector<Costs>& points) {
  std::vector<int> ranks(points.size(), -1);
  for (int rank = 0; std::count(ranks.begin(), ranks.end(), -1) > 0; ++rank) {
    std::vector<size_t> front;
    for (size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] >= 0) continue;
      bool dominated = false;
      for (size_t j = 0; j < points.size(); ++j) {
        bool no_worse = ranks[j] < 0, better = false;
        for (size_t k = 0; k < points[i].size(); ++k) {
          no_worse = no_worse && points[j][k] <= points[i][k];
          better = better || points[j][k] < points[i][k];
        }
        dominated = dominated || (no_worse && better);
      }
      if (!dominated) front.push_back(i);
    }
    for (const size_t i : front) ranks[i] = rank;
  }
  return ranks;
}

TEST(ParetoRanks, MatchTheDefinition) {
  RandomStream random(1, "ranks");
  for (int trial = 0; trial < 200; ++trial) {
    const auto points = RandomPoints(&random, random.Below(40), 1 + random.Below(4));
    EXPECT_EQ(ParetoRanks(points), PeelRanks(points));
  }
}

TEST(NonDominated, IsTheFirstFront) {
  RandomStream random(3, "front");
  for (int trial = 0; trial < 200; ++trial) {
    const auto points = RandomPoints(&random, random.Below(40), 1 + random.Below(4));
    const auto ranks = PeelRanks(points);
    std::vector<size_t> expected;
    for (size_t i = 0; i < points.size(); ++i) {
      if (ranks[i] == 0) expected.push_back(i);
    }
    EXPECT_EQ(NonDominated(points), expected);
  }
}

// A history of a long search: 10^10 pairs, which nobody can look at or keep.
TEST(ParetoRanks, DoNotCompareAllPairs) {
  constexpr int kSide = 316;
  std::vector<Costs> grid;
  for (int i = 0; i < kSide * kSide; ++i) {
    grid.push_back({static_cast<double>(i % kSide), static_cast<double>(i / kSide)});
  }
  const auto ranks = ParetoRanks(grid);
  for (int i = 0; i < kSide * kSide; ++i) {
    ASSERT_EQ(ranks[static_cast<size_t>(i)], i % kSide + i / kSide);
  }
  EXPECT_EQ(NonDominated(grid), std::vector<size_t>{0});
}

TEST(Dominates, NeedsOneBetterAndNoneWorse) {
  EXPECT_TRUE(Dominates({1, 2}, {1, 3}));
  EXPECT_FALSE(Dominates({1, 2}, {1, 2}));
  EXPECT_FALSE(Dominates({0, 3}, {1, 2}));
}

TEST(CrowdingDistances, FollowTheFormula) {
  // On the line x + y = 10 at x = 0, 1, 4, 10: inner points span (4-0)/10 twice and (10-1)/10
  // twice.
  const std::vector<Costs> points = {{4, 6}, {0, 10}, {10, 0}, {1, 9}};
  const auto distance = CrowdingDistances(points);
  EXPECT_DOUBLE_EQ(distance[0], 0.9 + 0.9);
  EXPECT_DOUBLE_EQ(distance[3], 0.4 + 0.4);
  EXPECT_TRUE(std::isinf(distance[1]));
  EXPECT_TRUE(std::isinf(distance[2]));
}

TEST(CrowdingDistances, MatchASlowVersion) {
  RandomStream random(2, "crowding");
  for (int trial = 0; trial < 100; ++trial) {
    // Distinct values per coordinate: neighbours are unambiguous.
    const size_t n = 3 + random.Below(20);
    std::vector<Costs> points(n, Costs(3));
    for (size_t k = 0; k < 3; ++k) {
      std::vector<double> values;
      for (size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(i * i));
      random.Shuffle(&values);
      for (size_t i = 0; i < n; ++i) points[i][k] = values[i];
    }
    const auto distance = CrowdingDistances(points);
    for (size_t i = 0; i < n; ++i) {
      double expected = 0;
      for (size_t k = 0; k < 3; ++k) {
        double below = -1, above = INFINITY, low = INFINITY, high = -1;
        for (const Costs& p : points) {
          if (p[k] < points[i][k]) below = std::max(below, p[k]);
          if (p[k] > points[i][k]) above = std::min(above, p[k]);
          low = std::min(low, p[k]);
          high = std::max(high, p[k]);
        }
        expected += below < 0 || std::isinf(above) ? INFINITY : (above - below) / (high - low);
      }
      if (std::isinf(expected)) {
        EXPECT_TRUE(std::isinf(distance[i]));
      } else {
        EXPECT_NEAR(distance[i], expected, 1e-12);
      }
    }
  }
}

TEST(CrowdingDistances, EqualPointsAreFinite) {
  const auto distance = CrowdingDistances(std::vector<Costs>{{1, 1}, {1, 1}, {1, 1}});
  EXPECT_EQ(distance[1], 0);
  EXPECT_TRUE(CrowdingDistances({}).empty());
}

}  // namespace
}  // namespace mcunas
