#include "nas/search/hypervolume.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/random.h"

namespace mcunas {
namespace {

TEST(Hypervolume, OfBoxes) {
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<Costs>{{1}, {3}}, {4}), 3);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<Costs>{{1, 1}}, {3, 4}), 6);
  // Two overlapping rectangles 2x3 and 3x2 share 2x2.
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<Costs>{{1, 2}, {2, 1}}, {4, 4}), 6 + 6 - 4);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<Costs>{{0, 0, 0}}, {2, 3, 4}), 24);
  EXPECT_EQ(Hypervolume({}, {1, 1}), 0);
}

TEST(Hypervolume, IgnoresWhatIsNotBelowTheReference) {
  EXPECT_EQ(Hypervolume(std::vector<Costs>{{1, 5}, {4, 1}}, {4, 4}), 0);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<Costs>{{1, 5}, {3, 3}}, {4, 4}), 1);
}

TEST(Hypervolume, DominatedAndEqualPointsAddNothing) {
  const std::vector<Costs> front = {{0.2, 0.7, 0.4}, {0.5, 0.1, 0.9}};
  std::vector<Costs> more = front;
  more.push_back(front[0]);
  more.push_back({0.6, 0.8, 0.95});
  const Costs reference = {1, 1, 1};
  EXPECT_DOUBLE_EQ(Hypervolume(front, reference), Hypervolume(more, reference));
}

// Independent judge: the share of random darts that some point dominates.
TEST(Hypervolume, AgreesWithMonteCarlo) {
  RandomStream random(3, "darts");
  constexpr int kDarts = 100000;
  for (size_t dimensions = 1; dimensions <= 4; ++dimensions) {
    for (int trial = 0; trial < 5; ++trial) {
      std::vector<Costs> points(12, Costs(dimensions));
      for (Costs& p : points) {
        for (double& x : p) x = random.Unit();
      }
      int hits = 0;
      for (int dart = 0; dart < kDarts; ++dart) {
        Costs at(dimensions);
        for (double& x : at) x = random.Unit();
        hits += std::any_of(points.begin(), points.end(), [&](const Costs& p) {
          for (size_t k = 0; k < dimensions; ++k) {
            if (p[k] > at[k]) return false;
          }
          return true;
        });
      }
      // Five standard deviations of a share of darts.
      EXPECT_NEAR(Hypervolume(points, Costs(dimensions, 1.0)), hits / double{kDarts}, 0.008);
    }
  }
}

}  // namespace
}  // namespace mcunas
