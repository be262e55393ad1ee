#include "nas/space/largest_layers.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "common/random.h"
#include "mixed_space.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/tagged_network.h"
#include "nas/space/variation.h"
#include "network/hash_network.h"
#include "network/verify.h"

namespace mcunas {
namespace {

TEST(LargestLayers, OfInvertedBottlenecksAreThoseOfTheLargestNetwork) {
  SpaceConfig space;
  space.head_channels = 100;
  for (const std::vector<int64_t>& expand : {std::vector<int64_t>{1, 4}, {1}}) {
    space.expand = expand;
    const TaggedNetwork largest = LowerTagged(space, {}, Largest(space));
    std::vector<LargestLayer> expected;
    for (size_t i = 0; i < largest.tags.size(); ++i) {
      if (largest.tags[i].role == LayerRole::kNone) continue;
      const Operator& op = largest.network.operators[i];
      expected.push_back(
          {largest.tags[i], op.kind, op.kernel.height, op.in.channels, op.out.channels});
    }
    EXPECT_EQ(LargestLayers(space, {}), expected);
  }
}

TEST(LargestLayers, HaveTheNamesThatCheckpointsRestOn) {
  std::vector<std::string> names;
  SpaceConfig space;
  space.stages = {{16, 1}};
  space.depth = {1};
  for (const LargestLayer& layer : LargestLayers(space, {})) names.push_back(LayerName(layer.tag));
  EXPECT_EQ(names, (std::vector<std::string>{"stem", "s0.b0.expand", "s0.b0.depthwise",
                                             "s0.b0.project", "classifier"}));
}

// Every layer of every network fits into the one of its tag; every tag is somebody's.
TEST(LargestLayers, HoldTheLayersOfEveryNetwork) {
  const SpaceConfig space = MixedSpace();
  std::map<LayerTag, LargestLayer> largest;
  std::set<std::string> names;
  for (const LargestLayer& layer : LargestLayers(space, {})) {
    EXPECT_TRUE(largest.emplace(layer.tag, layer).second);
    EXPECT_TRUE(names.insert(LayerName(layer.tag)).second) << LayerName(layer.tag);
  }
  std::set<LayerTag> seen;
  RandomStream random(1, "layers");
  for (int i = 0; i < 2000; ++i) {
    const TaggedNetwork tagged = LowerTagged(space, {}, Sample(space, &random));
    ASSERT_EQ(tagged.tags.size(), tagged.network.operators.size());
    for (size_t n = 0; n < tagged.tags.size(); ++n) {
      const Operator& op = tagged.network.operators[n];
      ASSERT_EQ(tagged.tags[n].role != LayerRole::kNone, HasWeights(op.kind));
      if (tagged.tags[n].role == LayerRole::kNone) continue;
      seen.insert(tagged.tags[n]);
      ASSERT_TRUE(largest.count(tagged.tags[n])) << LayerName(tagged.tags[n]);
      const LargestLayer& layer = largest[tagged.tags[n]];
      EXPECT_EQ(op.kind, layer.kind);
      EXPECT_LE(op.kernel.height, layer.kernel);
      EXPECT_LE(op.in.channels, layer.in_channels) << LayerName(layer.tag);
      EXPECT_LE(op.out.channels, layer.out_channels) << LayerName(layer.tag);
    }
  }
  for (const auto& [tag, layer] : largest) EXPECT_TRUE(seen.count(tag)) << LayerName(tag);
}

TEST(Lower, EveryMixedArchitectureIsAValidNetwork) {
  RandomStream random(2, "lower");
  for (int i = 0; i < 500; ++i) {
    const Architecture a = Sample(MixedSpace(), &random);
    const auto verified = VerifyNetwork(Lower(MixedSpace(), {}, a));
    ASSERT_TRUE(verified.ok()) << verified.error().message << "\n" << ArchitectureToJson(a);
  }
}

TEST(Lower, MacroArchitecturesAreDifferentNetworks) {
  std::set<std::string> hashes;
  const auto all = Enumerate(MacroSpace(), 10'000);
  for (const Architecture& a : *all) hashes.insert(NetworkHash(Lower(MacroSpace(), {}, a)).Hex());
  EXPECT_EQ(hashes.size(), 3969u);
}

}  // namespace
}  // namespace mcunas
