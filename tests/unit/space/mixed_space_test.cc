// Laws of spaces whose blocks are of several kinds.
#include "mixed_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/block_word.h"
#include "nas/space/enumerate.h"
#include "nas/space/genes.h"
#include "nas/space/stage_options.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

TEST(BlockWords, ReadBackAsTheSameBlock) {
  for (const StageOptions& stage : OptionsOf(MixedSpace())) {
    for (const auto* options : {&stage.first, &stage.rest}) {
      for (const BlockChoice& block : *options) {
        const auto back = ParseBlockWord(BlockWord(block));
        ASSERT_TRUE(back.has_value()) << BlockWord(block);
        EXPECT_EQ(*back, block) << BlockWord(block);
      }
    }
  }
  EXPECT_EQ(*ParseBlockWord("mb6k5"), (BlockChoice{5, 6}));
  EXPECT_EQ(ParseBlockWord("fused4k3_se0.25_hswish_4bit")->bits, 4);
}

TEST(BlockWords, AreNothingElse) {
  for (const char* word :
       {"",          "mb",          "mb6",        "mb6k4",      "mb0k3",
        "mb17k3",    "k3",          "plaink3",    "plain_k3k3", "mb3k3_",
        "mb3k3x",    "mb3k3_se",    "mb3k3_se0",  "mb3k3_se2",  "mb3k3_hswish_hswish",
        "mb3k3_w-1", "mb3k3_w0.04", "mb3k3_w4.1", "mb3k3_wnan", "identityk3"}) {
    EXPECT_FALSE(ParseBlockWord(word).has_value()) << word;
  }
}

TEST(MixedSpace, IdentityIsAStridedConvolutionFirstAndABlockFewerBehind) {
  const StageOptions stage = OptionsOf(MixedSpace())[1];
  EXPECT_EQ(stage.depth, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(stage.first.size(), 3u);
  EXPECT_EQ(stage.first[0].kind, BlockKind::kSkip);
  EXPECT_EQ(stage.rest.size(), 2u);
}

TEST(MixedSpace, WhatAKindDoesNotHaveIsNoChoice) {
  // mbconv and fused: 2 kernels x 2 expansions x 2 widths x 2 ratios x 2 activations; plain: no
  // expansion, no ratio.
  EXPECT_EQ(OptionsOf(MixedSpace())[0].first.size(), 2u * 32 + 8);
}

TEST(MixedSpace, ChildrenAreMembers) {
  const SpaceConfig space = MixedSpace();
  RandomStream random(1, "children");
  for (int i = 0; i < 500; ++i) {
    const Architecture a = Sample(space, &random), b = Sample(space, &random);
    ASSERT_TRUE(Contains(space, a)) << ArchitectureToJson(a);
    const Architecture mutant = Mutate(space, a, 0.2, &random);
    EXPECT_TRUE(Contains(space, mutant)) << ArchitectureToJson(mutant);
    EXPECT_NE(mutant, a);
    const Architecture child = Crossover(space, a, b, &random);
    EXPECT_TRUE(Contains(space, child)) << ArchitectureToJson(child);
    EXPECT_EQ(Crossover(space, a, a, &random), a);
  }
  EXPECT_TRUE(Contains(space, Largest(space)));
  EXPECT_TRUE(Contains(space, Smallest(space)));
}

TEST(MixedSpace, GenotypesReadBack) {
  Architecture extreme;
  extreme.stages = {{*ParseBlockWord("mb16k7_w4_se1"), *ParseBlockWord("plain_k3_w0.05")}};
  EXPECT_EQ(*ArchitectureFromJson(ArchitectureToJson(extreme)), extreme);
  RandomStream random(2, "json");
  for (int i = 0; i < 200; ++i) {
    const Architecture a = Sample(MixedSpace(), &random);
    const auto back = ArchitectureFromJson(ArchitectureToJson(a));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, a);
  }
}

TEST(MixedSpace, MutationReachesEveryLevelOfEveryGene) {
  const SpaceConfig space = MixedSpace();
  const std::vector<int> counts = GeneLevelCounts(space);
  std::vector<std::set<int>> seen(counts.size());
  RandomStream random(3, "walk");
  Architecture at = Smallest(space);
  for (int i = 0; i < 5000; ++i) {
    at = Mutate(space, at, 0.1, &random);
    const std::vector<uint8_t> levels = GeneLevels(space, at);
    ASSERT_EQ(levels.size(), counts.size());
    for (size_t g = 0; g < levels.size(); ++g) seen[g].insert(levels[g]);
  }
  for (size_t g = 0; g < counts.size(); ++g) {
    EXPECT_EQ(std::ssize(seen[g]), counts[g]) << "gene " << g;
  }
}

TEST(MixedSpace, GenesAndNeighboursNameArchitecturesApart) {
  const SpaceConfig space = MixedSpace();
  std::map<std::vector<uint8_t>, std::string> named;
  RandomStream random(4, "genes");
  const auto check = [&](const Architecture& a) {
    const auto [at, fresh] = named.emplace(GeneLevels(space, a), ArchitectureToJson(a));
    EXPECT_TRUE(fresh || at->second == ArchitectureToJson(a));
  };
  for (int i = 0; i < 50; ++i) {
    const Architecture a = Sample(space, &random);
    check(a);
    std::set<std::string> around = {ArchitectureToJson(a)};
    for (const Architecture& b : Neighbours(space, a)) {
      EXPECT_TRUE(Contains(space, b));
      EXPECT_TRUE(around.insert(ArchitectureToJson(b)).second);
      check(b);
    }
  }
}

// Drawing finds what is listed, and all of it.
void ExpectListed(const SpaceConfig& space, size_t size) {
  const auto all = Enumerate(space, 100'000);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), size);
  EXPECT_EQ(SpaceSize(space), static_cast<double>(size));
  std::set<std::string> listed, drawn;
  for (const Architecture& a : *all) {
    EXPECT_TRUE(Contains(space, a));
    listed.insert(ArchitectureToJson(a));
  }
  EXPECT_EQ(listed.size(), size);
  RandomStream random(5, "cover");
  for (int i = 0; i < 20'000; ++i) drawn.insert(ArchitectureToJson(Sample(space, &random)));
  EXPECT_EQ(drawn, listed);
}

SpaceConfig FewChoices() {
  SpaceConfig space = MixedSpace();
  space.width = {1.0};
  space.resolution = {16};
  space.stages[0].depth = {1};
  space.stages[0].block = {BlockKind::kPlain};
  space.stages[0].block_width = {1.0};
  space.stages[0].act = {BlockActivation::kRelu6};
  space.stages[1].choices = {"mb3k3", "fused3k3"};
  space.stages[1].first = {"identity"};
  space.stages[1].depth = {1, 2};
  space.stages[2].kernel = {3};
  space.stages[2].expand = {3};
  return space;
}

TEST(MixedSpace, IsWhatSamplingFinds) {
  // 2 channels x 2 kernels; 1 + 2; left out or 2 channels x 2 bits.
  ExpectListed(FewChoices(), 4u * 3 * 5);
}

TEST(MixedSpace, ConstraintsLeaveOutWhatBreaksThem) {
  SpaceConfig space = FewChoices();
  space.stages[1].channels = {16, 24};
  space.constraints = {SpaceConstraint::kNonDecreasingChannels};
  // Channels of the first two: 16 16, 16 24, 24 24; the third has at least 24 or is not there.
  ExpectListed(space, 3u * 2 * 3 * 5);
  EXPECT_TRUE(Contains(space, Largest(space)));
  EXPECT_TRUE(Contains(space, Smallest(space)));
}

TEST(MacroSpace, HasAsManyNetworksAsTheBenchmark) {
  const auto all = Enumerate(MacroSpace(), 10'000);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), 3969u);
}

// The draws that seeded histories of older spaces rest on.
Architecture PlainSample(const SpaceConfig& space, RandomStream* random) {
  Architecture a;
  a.resolution = random->Pick(space.resolution);
  a.width = random->Pick(space.width);
  for (size_t s = 0; s < space.stages.size(); ++s) {
    auto& stage = a.stages.emplace_back(static_cast<size_t>(random->Pick(space.depth)));
    for (BlockChoice& block : stage) {
      block.kernel = static_cast<int>(random->Pick(space.kernel));
      block.expansion = static_cast<int>(random->Pick(space.expand));
    }
  }
  return a;
}

Architecture PlainCrossover(const Architecture& a, const Architecture& b, RandomStream* random) {
  const auto coin = [&] { return random->Chance(0.5); };
  Architecture child;
  child.resolution = coin() ? a.resolution : b.resolution;
  child.width = coin() ? a.width : b.width;
  for (size_t s = 0; s < a.stages.size(); ++s) {
    auto& stage = child.stages.emplace_back(coin() ? a.stages[s].size() : b.stages[s].size());
    for (size_t i = 0; i < stage.size(); ++i) {
      const BlockChoice& x = i < a.stages[s].size() ? a.stages[s][i] : b.stages[s][i];
      const BlockChoice& y = i < b.stages[s].size() ? b.stages[s][i] : a.stages[s][i];
      stage[i].kernel = coin() ? x.kernel : y.kernel;
      stage[i].expansion = coin() ? x.expansion : y.expansion;
    }
  }
  return child;
}

template <typename T, typename Value, typename Decide>
void PlainGene(const std::vector<T>& choices, RandomStream* random, Decide& decide, Value* value) {
  if (choices.size() < 2 || !decide()) return;
  const auto at = std::find(choices.begin(), choices.end(), static_cast<T>(*value));
  const auto other = random->Below(choices.size() - 1);
  const auto index = static_cast<uint64_t>(at - choices.begin());
  *value = static_cast<Value>(choices[other < index ? other : other + 1]);
}

template <typename Decide>
void PlainChange(const SpaceConfig& space, RandomStream* random, Architecture* a, Decide decide) {
  PlainGene(space.resolution, random, decide, &a->resolution);
  PlainGene(space.width, random, decide, &a->width);
  for (auto& stage : a->stages) {
    for (BlockChoice& block : stage) {
      PlainGene(space.kernel, random, decide, &block.kernel);
      PlainGene(space.expand, random, decide, &block.expansion);
    }
    size_t depth = stage.size();
    PlainGene(space.depth, random, decide, &depth);
    stage.resize(std::min(depth, stage.size()));
    while (stage.size() < depth) {
      const auto kernel = static_cast<int>(random->Pick(space.kernel));
      stage.push_back({kernel, static_cast<int>(random->Pick(space.expand))});
    }
  }
}

Architecture PlainMutate(const SpaceConfig& space, const Architecture& parent, double probability,
                         RandomStream* random) {
  Architecture child = parent;
  PlainChange(space, random, &child, [&] { return random->Chance(probability); });
  if (child != parent) return child;
  int64_t genes = 0;
  PlainChange(space, random, &child, [&] { return ++genes < 0; });
  const auto chosen = static_cast<int64_t>(random->Below(static_cast<uint64_t>(genes)));
  int64_t gene = 0;
  PlainChange(space, random, &child, [&] { return gene++ == chosen; });
  return child;
}

TEST(InvertedBottlenecks, AreDrawnAsEver) {
  for (const std::vector<int64_t>& kernels : {std::vector<int64_t>{3, 5, 7}, {5}}) {
    SpaceConfig space;
    space.kernel = kernels;
    RandomStream now(6, "draws"), before(6, "draws");
    for (int i = 0; i < 200; ++i) {
      const Architecture a = Sample(space, &now), b = Sample(space, &now);
      ASSERT_EQ(a, PlainSample(space, &before));
      ASSERT_EQ(b, PlainSample(space, &before));
      ASSERT_EQ(Crossover(space, a, b, &now), PlainCrossover(a, b, &before));
      for (const double probability : {0.0, 0.1, 0.5}) {
        ASSERT_EQ(Mutate(space, a, probability, &now), PlainMutate(space, a, probability, &before));
      }
    }
    EXPECT_EQ(now.state(), before.state());
  }
}

}  // namespace
}  // namespace mcunas
