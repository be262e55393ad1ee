#include "nas/search/bayes/candidate_pool.h"

#include <gtest/gtest.h>

#include "../fakes.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"

namespace mcunas {
namespace {

using testing::FakeMemory;
using testing::SmallSpace;

// One in six architectures of the small space keeps it.
constexpr double kTightSram = 10000;

class Pool : public ::testing::Test {
 protected:
  CandidatePool Make(size_t capacity) { return {SmallSpace(), costs_, capacity}; }
  static std::set<std::vector<uint8_t>> GenesOf(const CandidatePool& pool) {
    std::set<std::vector<uint8_t>> genes;
    for (const PoolCandidate& c : pool.candidates()) {
      EXPECT_TRUE(genes.insert(GeneLevels(SmallSpace(), c.architecture)).second) << "twice";
    }
    return genes;
  }

  FakeMemory memory_{kTightSram};
  CandidateCosts costs_{SmallSpace(), {}, memory_, nullptr};
  RandomStream random_{3, "pool"};
};

TEST_F(Pool, HoldsNetworksWithinTheLimitsOnceEach) {
  CandidatePool pool = Make(1000);
  pool.AddRandom(60, &random_);
  EXPECT_GT(pool.candidates().size(), 40u) << "mutants of what fits help where samples do not";
  for (const PoolCandidate& c : pool.candidates()) {
    EXPECT_TRUE(c.costs.feasible);
    EXPECT_EQ(c.architecture.resolution, 16);
    EXPECT_EQ(c.genes, GeneLevels(SmallSpace(), c.architecture));
  }
  GenesOf(pool);
}

TEST_F(Pool, TakesNeighboursOfEveryCentreInTurn) {
  CandidatePool pool = Make(1000);
  Architecture other = Smallest(SmallSpace());
  for (auto& stage : other.stages) stage.assign(2, {5, 4});
  const Architecture centres[] = {Smallest(SmallSpace()), other};
  pool.AddNeighbours(centres, 6, &random_);
  ASSERT_EQ(pool.candidates().size(), 6u);
  int of_the_first = 0;
  for (const PoolCandidate& c : pool.candidates()) {
    const auto near = Neighbours(SmallSpace(), centres[0]);
    of_the_first += std::count(near.begin(), near.end(), c.architecture) > 0;
  }
  EXPECT_GE(of_the_first, 2);
  EXPECT_LE(of_the_first, 4);
  pool.AddNeighbours(centres, 1000, &random_);
  size_t expected = 0;
  for (const Architecture& centre : centres) {
    for (const Architecture& n : Neighbours(SmallSpace(), centre)) {
      expected += costs_.Of(n).feasible;
    }
  }
  EXPECT_EQ(pool.candidates().size(), expected);
}

TEST_F(Pool, WhoWasProposedNeverComesBack) {
  CandidatePool pool = Make(1000);
  pool.AddRandom(20, &random_);
  const Architecture first = pool.candidates()[0].architecture;
  const Architecture second = pool.candidates()[1].architecture;
  pool.Exclude(first);
  EXPECT_EQ(pool.candidates()[0].architecture, first) << "positions hold until the generation ends";
  const auto kept = pool.EndGeneration();
  EXPECT_EQ(kept[0], 1);
  EXPECT_EQ(pool.candidates()[0].architecture, second);
  EXPECT_FALSE(pool.Add(first));
  EXPECT_FALSE(pool.Add(second)) << "it is there";
}

TEST_F(Pool, WhoWasNotAskedForLongestLeaves) {
  CandidatePool pool = Make(10);
  pool.AddRandom(10, &random_);
  const Architecture asked_again = pool.candidates()[2].architecture;
  pool.EndGeneration();
  pool.Add(asked_again);
  pool.AddRandom(5, &random_);
  const size_t added = pool.candidates().size() - 10;
  ASSERT_GT(added, 0u);
  const auto kept = pool.EndGeneration();
  EXPECT_EQ(pool.candidates().size(), 10u);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), 2), 1);
  for (size_t i = 10; i < 10 + added; ++i) {
    EXPECT_EQ(std::count(kept.begin(), kept.end(), static_cast<int64_t>(i)), 1)
        << "the newest stay";
  }
}

TEST_F(Pool, FindsTheWayToTheLimits) {
  memory_.limit_ = 1;  // nothing fits; the smallest comes closest
  CandidatePool pool = Make(100);
  pool.AddRandom(30, &random_);
  EXPECT_TRUE(pool.candidates().empty());
  int small = 0;
  for (int i = 0; i < 100; ++i) small += pool.NearTheLimits(&random_).resolution == 16;
  EXPECT_GT(small, 70);
}

TEST_F(Pool, EndsWithTheSpace) {
  memory_.limit_ = 1e18;
  CandidatePool pool = Make(5000);
  pool.AddRandom(5000, &random_);
  EXPECT_GT(pool.candidates().size(), 2390u);
  EXPECT_LE(pool.candidates().size(), 2400u) << "the small space has 2400";
}

}  // namespace
}  // namespace mcunas
