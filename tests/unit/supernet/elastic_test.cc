// Slices of the largest network against a network built by hand from the same numbers.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/tagged_network.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "network/operator_counts.h"
#include "supernet/internal/elastic_layers.h"
#include "supernet/internal/run_network.h"
#include "tests/unit/supernet/small_space.h"

namespace mcunas {
namespace {

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.kernel = {3, 5, 7};
  return space;
}

const TaskShape kTask = {3, 5};

// Element of a weight array of the largest network.
float At(const at::Tensor& tensor, std::vector<int64_t> index) {
  at::Tensor element = tensor;
  for (const int64_t i : index) element = element[i];
  return element.item<float>();
}

class Elastic : public testing::Test {
 protected:
  Elastic()
      : layers_(Space(), kTask, false), flat_(layers_.Initial(5)), views_(layers_.Views(flat_)) {}

  const at::Tensor& View(const std::string& name) const {
    for (size_t i = 0; i < layers_.parameters().size(); ++i) {
      if (layers_.parameters()[i].name == name) return views_[i];
    }
    ADD_FAILURE() << "no parameter " << name;
    return views_[0];
  }

  ElasticLayers layers_;
  at::Tensor flat_;
  std::vector<at::Tensor> views_;
};

TEST_F(Elastic, ParametersCoverTheFlatBufferOnce) {
  std::vector<int> covered(static_cast<size_t>(layers_.total()));
  for (const Parameter& p : layers_.parameters()) {
    for (int64_t i = 0; i < p.elements; ++i) ++covered[static_cast<size_t>(p.offset + i)];
    EXPECT_EQ(p.name.find(".weight") != std::string::npos, p.offset < layers_.decayed()) << p.name;
  }
  EXPECT_EQ(std::count(covered.begin(), covered.end(), 1), layers_.total());
}

// Seeds draw weights by these names, and checkpoints hold them in this order.
TEST_F(Elastic, LayersOfInvertedBottlenecksKeepTheirNames) {
  std::vector<std::string> names;
  for (const ElasticLayer& layer : layers_.layers()) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"stem", "s0.b0.expand", "s0.b0.depthwise",
                                             "s0.b0.project", "s0.b1.expand", "s0.b1.depthwise",
                                             "s0.b1.project", "s1.b0.expand", "s1.b0.depthwise",
                                             "s1.b0.project", "s1.b1.expand", "s1.b1.depthwise",
                                             "s1.b1.project", "classifier"}));
  EXPECT_EQ(View("s1.b1.expand.weight").sizes(), at::IntArrayRef({64, 16}));
  EXPECT_EQ(View("s1.b0.depthwise.weight").sizes(), at::IntArrayRef({7, 7, 32}));
}

// Every architecture of a sample has slices of exactly the shapes that Lower asks for.
TEST_F(Elastic, SlicesFitLowerEverywhere) {
  RandomStream random(1, "test");
  for (int n = 0; n < 200; ++n) {
    const Architecture a = Sample(Space(), &random);
    const TaggedNetwork tagged = LowerTagged(Space(), kTask, a);
    const Network& network = tagged.network;
    const auto slices = layers_.Slices(tagged, views_);
    ASSERT_EQ(slices.size(), network.operators.size());
    for (size_t i = 0; i < slices.size(); ++i) {
      const int64_t weights = slices[i].weight.defined() ? slices[i].weight.numel() : 0;
      ASSERT_EQ(weights, OperatorWeights(network.operators[i]));
      if (weights > 0) {
        ASSERT_EQ(slices[i].beta.numel(), network.operators[i].out.channels);
      }
    }
  }
}

// Expansion 1 skips the expansion layer; kernels are centre crops, channels prefixes.
TEST_F(Elastic, SlicesAreTheRightNumbers) {
  const Architecture a = {8, 0.5, {{{3, 2}}, {{5, 1}, {7, 4}}}};
  const TaggedNetwork tagged = LowerTagged(Space(), kTask, a);
  const Network& network = tagged.network;
  const auto slices = layers_.Slices(tagged, views_);
  // stem, s0.b0 {expand, depthwise, project, add}, s1.b0 {depthwise, project}, s1.b1 {...}, pool,
  // fc
  EXPECT_EQ(At(slices[0].weight, {3, 2, 1, 0}), At(View("stem.weight"), {3, 2, 1, 0}));
  EXPECT_EQ(At(slices[1].weight, {7, 3}), At(View("s0.b0.expand.weight"), {7, 3}));
  EXPECT_EQ(At(slices[2].weight, {0, 2, 5}), At(View("s0.b0.depthwise.weight"), {2, 4, 5}));
  EXPECT_EQ(At(slices[3].weight, {3, 7}), At(View("s0.b0.project.weight"), {3, 7}));
  ASSERT_EQ(network.operators[4].kind, OpKind::kAdd);
  ASSERT_EQ(network.operators[5].kind, OpKind::kDepthwise);
  EXPECT_EQ(At(slices[5].weight, {4, 0, 3}), At(View("s1.b0.depthwise.weight"), {5, 1, 3}));
  EXPECT_EQ(At(slices.back().weight, {4, 7}), At(View("classifier.weight"), {4, 7}));
}

// The same sub-network, sliced from the large one and built alone, gives the same logits.
TEST_F(Elastic, ForwardEqualsAStaticNetwork) {
  const Architecture a = {8, 0.5, {{{3, 2}}, {{5, 2}}}};
  SpaceConfig alone = Space();
  alone.width = {0.5};
  alone.kernel = {3, 5};
  alone.expand = {2};
  alone.depth = {1};
  const ElasticLayers small(alone, kTask, false);
  at::Tensor small_flat = small.Initial(99);
  std::vector<at::Tensor> small_views = small.Views(small_flat);
  for (size_t i = 0; i < small_views.size(); ++i) {
    at::Tensor source = View(small.parameters()[i].name);
    at::Tensor& target = small_views[i];
    for (int64_t d = 0; d < target.dim(); ++d) {
      const bool window = target.dim() == 3 && d < 2;  // a depthwise kernel: its centre
      source = source.narrow(d, window ? (source.size(d) - target.size(d)) / 2 : 0, target.size(d));
    }
    target.copy_(source);
  }
  const TaggedNetwork tagged = LowerTagged(Space(), kTask, a);
  at::manual_seed(1);
  const at::Tensor images = at::randn({6, 8, 8, 3});
  const at::Tensor sliced = TrainForward(tagged.network, layers_.Slices(tagged, views_), images);
  const at::Tensor built = TrainForward(tagged.network, small.Slices(tagged, small_views), images);
  EXPECT_TRUE(at::allclose(sliced, built, 1e-5, 1e-5));
}

TEST_F(Elastic, IdentityTransformsChangeNothing) {
  const ElasticLayers transformed(Space(), kTask, true);
  const at::Tensor flat = transformed.Initial(5);
  const Architecture a = {8, 1.0, {{{3, 2}}, {{5, 2}}}};
  const TaggedNetwork tagged = LowerTagged(Space(), kTask, a);
  const auto with = transformed.Slices(tagged, transformed.Views(flat));
  const auto without = layers_.Slices(tagged, views_);
  for (size_t i = 0; i < with.size(); ++i) {
    if (with[i].weight.defined()) {
      EXPECT_TRUE(at::allclose(with[i].weight, without[i].weight));
    }
  }
}

// The whole network's gradient against finite differences in the direction of the gradient.
TEST_F(Elastic, GradientsAgreeWithFiniteDifferences) {
  const Architecture a = Largest(Space());
  const TaggedNetwork tagged = LowerTagged(Space(), kTask, a);
  at::manual_seed(2);
  const at::Tensor images = at::randn({8, 8, 8, 3}), target = at::randn({8, 5});
  const auto loss = [&](const at::Tensor& flat) {
    const auto slices = layers_.Slices(tagged, layers_.Views(flat));
    return (TrainForward(tagged.network, slices, images) * target).sum();
  };
  const at::Tensor leaf = flat_.clone().requires_grad_(true);
  loss(leaf).backward();
  const at::Tensor direction = leaf.grad() / leaf.grad().norm();
  const double step = 2e-3;
  const at::NoGradGuard no_grad;
  const double slope =
      (loss(flat_ + step * direction) - loss(flat_ - step * direction)).item<double>() / (2 * step);
  EXPECT_NEAR(slope / leaf.grad().norm().item<double>(), 1.0, 0.03);
}

}  // namespace
}  // namespace mcunas
