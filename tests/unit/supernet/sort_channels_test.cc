// Sorting channels: the network that is sorted computes what it did, and its widest channels stand
// first.
#include "supernet/internal/sort_channels.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <tuple>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/tagged_network.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "supernet/internal/run_network.h"
#include "tests/unit/supernet/small_space.h"

namespace mcunas {
namespace {

SpaceConfig Space(BlockActivation act) {
  SpaceConfig space = SmallSpace();
  space.act = {act};
  space.head_channels = 24;
  return space;
}

const TaskShape kTask = {3, 5};

// With each activation, with and without transforms of kernels.
class SortChannelsTest : public testing::TestWithParam<std::tuple<BlockActivation, bool>> {
 protected:
  SortChannelsTest()
      : space_(Space(std::get<0>(GetParam()))), layers_(space_, kTask, std::get<1>(GetParam())) {
    at::manual_seed(7);
    weights_ = layers_.Initial(5);
    weights_.add_(at::rand_like(weights_), 0.3);  // gamma and beta differ by channel
    images_ = at::randn({4, 8, 8, 3});
  }

  at::Tensor Logits(const Architecture& a) const {
    const at::NoGradGuard no_grad;
    const TaggedNetwork tagged = LowerTagged(space_, kTask, a);
    return TrainForward(tagged.network, layers_.Slices(tagged, layers_.Views(weights_)), images_);
  }
  void Sort(const Architecture& a, const std::vector<at::Tensor>& along = {}) {
    std::vector<at::Tensor> flat = {weights_};
    flat.insert(flat.end(), along.begin(), along.end());
    SortChannels(layers_, LowerTagged(space_, kTask, a), flat);
  }
  // Sums over everything but the inputs.
  at::Tensor Norms(const std::string& name) const {
    const auto views = layers_.Views(weights_);
    for (size_t i = 0; i < views.size(); ++i) {
      if (layers_.parameters()[i].name != name) continue;
      return views[i].abs().reshape({-1, views[i].size(-1)}).sum(0);
    }
    ADD_FAILURE() << "no parameter " << name;
    return {};
  }

  SpaceConfig space_;
  ElasticLayers layers_;
  at::Tensor weights_, images_;
};

bool Descends(const at::Tensor& values) {
  return (values.slice(0, 1) <= values.slice(0, 0, -1)).all().item<bool>();
}

TEST_P(SortChannelsTest, TheLargestNetworkComputesWhatItDid) {
  const at::Tensor before = Logits(Largest(space_)), weights = weights_.clone();
  Sort(Largest(space_));
  EXPECT_FALSE(at::equal(weights_, weights));
  EXPECT_TRUE(at::equal(std::get<0>(weights_.sort()), std::get<0>(weights.sort())))
      << "numbers move, none changes";
  EXPECT_TRUE(at::allclose(Logits(Largest(space_)), before, 1e-4, 1e-4));
}

TEST_P(SortChannelsTest, TheChannelsThatMatterStandFirst) {
  EXPECT_FALSE(Descends(Norms("s0.b1.project.weight")));
  Sort(Largest(space_));
  for (const char* reader : {"s0.b0.project.weight", "s0.b1.project.weight", "s1.b0.project.weight",
                             "s1.b1.project.weight", "classifier.weight"}) {
    EXPECT_TRUE(Descends(Norms(reader))) << reader;
  }
  EXPECT_FALSE(Descends(Norms("s1.b1.expand.weight"))) << "residual channels stay";
}

TEST_P(SortChannelsTest, MomentumAndAverageGoAlong) {
  at::Tensor momentum = 2 * weights_, average = weights_ + 1;
  Sort(Largest(space_), {momentum, average});
  EXPECT_TRUE(at::equal(momentum, 2 * weights_));
  EXPECT_TRUE(at::equal(average, weights_ + 1));
}

TEST_P(SortChannelsTest, SortingTwiceIsSortingOnce) {
  Sort(Largest(space_));
  const at::Tensor once = weights_.clone();
  Sort(Largest(space_));
  EXPECT_TRUE(at::equal(weights_, once));
}

// A network that leads instead of the largest keeps its function too; what it does not use stays.
TEST_P(SortChannelsTest, ASmallerNetworkIsSortedWithinItsOwnChannels) {
  Architecture smaller = Largest(space_);
  smaller.width = 0.5;
  smaller.stages[1][1].kernel = 3;
  smaller.stages[1][1].expansion = 2;
  const at::Tensor before = Logits(smaller), weights = weights_.clone();
  Sort(smaller);
  EXPECT_TRUE(at::allclose(Logits(smaller), before, 1e-4, 1e-4));
  const auto views = layers_.Views(weights_), old = layers_.Views(weights);
  int untouched = 0;
  for (size_t i = 0; i < views.size(); ++i) {
    if (layers_.parameters()[i].name != "s1.b1.expand.gamma") continue;
    EXPECT_FALSE(at::equal(views[i].slice(0, 0, 16), old[i].slice(0, 0, 16)));
    EXPECT_TRUE(at::equal(views[i].slice(0, 16), old[i].slice(0, 16)));
    ++untouched;
  }
  EXPECT_EQ(untouched, 1);
}

INSTANTIATE_TEST_SUITE_P(Spaces, SortChannelsTest,
                         testing::Combine(testing::Values(BlockActivation::kRelu6,
                                                          BlockActivation::kHardSwish),
                                          testing::Bool()));

TEST(SortChannels, EveryKindOfBlockComputesWhatItDid) {
  SpaceConfig space = SmallSpace();
  space.block = {BlockKind::kMbconv, BlockKind::kFused, BlockKind::kPlain, BlockKind::kSkip};
  space.se = {0, 0.25};
  space.act = {BlockActivation::kRelu6, BlockActivation::kHardSwish};
  const ElasticLayers layers(space, kTask, /*kernel_transform=*/false);
  const at::NoGradGuard no_grad;
  at::manual_seed(8);
  const at::Tensor start = layers.Initial(5), images = at::randn({4, 8, 8, 3});
  start.add_(at::rand_like(start), 0.3);
  RandomStream random(3, "samples");
  int sorted = 0;
  for (int n = 0; n < 40; ++n) {
    const Architecture a = Sample(space, &random);
    SCOPED_TRACE(ArchitectureToJson(a));
    const TaggedNetwork tagged = LowerTagged(space, kTask, a);
    const auto logits = [&](const at::Tensor& weights) {
      return TrainForward(tagged.network, layers.Slices(tagged, layers.Views(weights)), images);
    };
    const at::Tensor weights = start.clone();
    SortChannels(layers, tagged, {weights});
    EXPECT_TRUE(at::allclose(logits(weights), logits(start), 1e-3, 1e-3));
    sorted += !at::equal(weights, start);
  }
  EXPECT_GT(sorted, 30);
}

}  // namespace
}  // namespace mcunas
