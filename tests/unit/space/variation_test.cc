#include <gtest/gtest.h>

#include <map>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/variation.h"
#include "small_spaces.h"

namespace mcunas {
namespace {

TEST(Sample, IsUniformOverDepthsThenBlocks) {
  RandomStream random(6, "uniform");
  std::map<size_t, int> depths;
  std::map<int, int> kernels;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const Architecture a = Sample(TinySpace(), &random);
    ++depths[a.stages[1].size()];
    ++kernels[a.stages[0][0].kernel];
  }
  EXPECT_NEAR(depths[1] / double{kDraws}, 0.5, 0.02);
  EXPECT_NEAR(kernels[3] / double{kDraws}, 0.5, 0.02);
}

TEST(Sample, DependsOnlyOnTheStream) {
  RandomStream first(7, "draw"), second(7, "draw"), other(8, "draw");
  const Architecture a = Sample(SpaceConfig{}, &first);
  EXPECT_EQ(a, Sample(SpaceConfig{}, &second));
  EXPECT_NE(a, Sample(SpaceConfig{}, &other));
}

TEST(Mutate, StaysInTheSpaceAndChangesSomething) {
  RandomStream random(9, "mutate");
  for (const SpaceConfig& space : {TinySpace(), SpaceConfig{}}) {
    for (const double probability : {0.0, 0.1, 1.0}) {
      for (int i = 0; i < 300; ++i) {
        const Architecture parent = Sample(space, &random);
        const Architecture child = Mutate(space, parent, probability, &random);
        EXPECT_TRUE(Contains(space, child));
        EXPECT_NE(child, parent);
      }
    }
  }
}

int Differences(const Architecture& a, const Architecture& b) {
  int count = (a.resolution != b.resolution) + (a.width != b.width);
  for (size_t s = 0; s < a.stages.size(); ++s) {
    count += a.stages[s].size() != b.stages[s].size();
    for (size_t i = 0; i < std::min(a.stages[s].size(), b.stages[s].size()); ++i) {
      count += a.stages[s][i].kernel != b.stages[s][i].kernel;
      count += a.stages[s][i].expansion != b.stages[s][i].expansion;
    }
  }
  return count;
}

TEST(Mutate, ProbabilityZeroChangesExactlyOneGene) {
  RandomStream random(10, "one");
  std::map<std::string, int> hit;
  const Architecture parent = Smallest(TinySpace());
  for (int i = 0; i < 3000; ++i) {
    const Architecture child = Mutate(TinySpace(), parent, 0.0, &random);
    EXPECT_EQ(Differences(parent, child), 1);
    ++hit[child.resolution != parent.resolution ? "resolution"
          : child.width != parent.width         ? "width"
                                                : "stages"];
  }
  // Genes: resolution, width, and per stage a depth and a kernel (one expansion is no gene): 6.
  EXPECT_NEAR(hit["resolution"], 500, 100);
  EXPECT_NEAR(hit["width"], 500, 100);
}

TEST(Mutate, RateFollowsTheProbability) {
  RandomStream random(11, "rate");
  SpaceConfig space;
  space.depth = {3};  // fixed, so that genes are countable: 4 stages x 3 blocks x 2 + width
  double changed = 0;
  for (int i = 0; i < 2000; ++i) {
    const Architecture parent = Sample(space, &random);
    changed += Differences(parent, Mutate(space, parent, 0.2, &random));
  }
  EXPECT_NEAR(changed / 2000, 0.2 * 25, 0.2);
}

TEST(Mutate, OnePointHasNowhereToGo) {
  RandomStream random(12, "one point");
  const Architecture only = Smallest(OnePoint());
  EXPECT_EQ(Mutate(OnePoint(), only, 1.0, &random), only);
}

TEST(Crossover, TakesEveryGeneFromAParent) {
  RandomStream random(13, "crossover");
  const SpaceConfig space;
  for (int i = 0; i < 500; ++i) {
    const Architecture a = Sample(space, &random);
    const Architecture b = Sample(space, &random);
    const Architecture child = Crossover(space, a, b, &random);
    ASSERT_TRUE(Contains(space, child));
    EXPECT_TRUE(child.width == a.width || child.width == b.width);
    for (size_t s = 0; s < child.stages.size(); ++s) {
      const auto& stage = child.stages[s];
      EXPECT_TRUE(stage.size() == a.stages[s].size() || stage.size() == b.stages[s].size());
      for (size_t j = 0; j < stage.size(); ++j) {
        const bool from_a = j < a.stages[s].size() && stage[j].kernel == a.stages[s][j].kernel;
        const bool from_b = j < b.stages[s].size() && stage[j].kernel == b.stages[s][j].kernel;
        EXPECT_TRUE(from_a || from_b);
      }
    }
  }
}

TEST(Crossover, OfEqualParentsIsTheParent) {
  RandomStream random(14, "twins");
  const Architecture a = Sample(SpaceConfig{}, &random);
  EXPECT_EQ(Crossover(SpaceConfig{}, a, a, &random), a);
}

}  // namespace
}  // namespace mcunas
