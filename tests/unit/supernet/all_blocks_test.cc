// A supernet of every kind of block and every choice of them, on maps that are not square.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/quantize/fold_batch_norm.h"
#include "engine/quantize/run_float.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "nas/space/tagged_network.h"
#include "nas/space/variation.h"
#include "supernet/data/batches.h"
#include "supernet/internal/evaluator.h"
#include "supernet/internal/network_pass.h"
#include "supernet/internal/trainer.h"
#include "tests/unit/supernet/pass_operands.h"
#include "tests/unit/supernet/small_space.h"
#include "tests/unit/supernet/small_supernet.h"

namespace mcunas {
namespace {

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.resolution = {8, {8, 12}};
  space.expand = {1, 3};
  space.depth = {0, 1, 2};
  space.block = {BlockKind::kMbconv, BlockKind::kFused, BlockKind::kPlain, BlockKind::kSkip};
  space.block_width = {0.5, 1};
  space.se = {0, 0.25};
  space.act = {BlockActivation::kRelu6, BlockActivation::kHardSwish};
  space.head_channels = 12;
  return space;
}

class AllBlocks : public testing::Test {
 protected:
  std::vector<Architecture> Samples(int count) const {
    RandomStream random(5, "samples");
    std::vector<Architecture> samples;
    for (int i = 0; i < count; ++i) samples.push_back(Sample(space_, &random));
    return samples;
  }
  TaggedNetwork Lowered(const Architecture& a) const {
    return LowerTagged(space_, data_.task.shape, a);
  }

  SpaceConfig space_ = Space();
  TaskData data_ = SmallData();
  ElasticLayers layers_{space_, data_.task.shape, false};
  at::Tensor weights_ = Unrest(layers_, 7);
};

TEST_F(AllBlocks, ExtractedNetworksComputeWhatPlainLoopsDo) {
  SubnetEvaluator evaluator(&layers_, &data_, &space_, 64, 1, at::kCPU);
  for (const Architecture& a : Samples(12)) {
    SCOPED_TRACE(ArchitectureToJson(a));
    const FloatNetwork network = evaluator.Extract(weights_, a);
    const ImageBatch calibration = evaluator.CalibrationImages(a.resolution, 3);
    ASSERT_EQ(calibration.shape, network.network.input);
    const std::vector<double> plain = PlainLogits(network, calibration);
    EXPECT_LT(Difference(plain, RunFloat(network, calibration).back()), 1e-4);
    EXPECT_LT(Difference(plain, RunFloat(FoldBatchNorm(network), calibration).back()), 1e-4);
    const int count = data_.holdout.count();
    const std::vector<float> pixels =
        NormalisedImages(data_, data_.holdout, 0, count, a.resolution);
    int right = 0;
    for (int i = 0; i < count; ++i) {
      const float* image = pixels.data() + i * calibration.shape.elements();
      right +=
          PlainArgmax(PlainForward(network, image)) == data_.holdout.labels[static_cast<size_t>(i)];
    }
    const double accuracy = right / static_cast<double>(count);
    EXPECT_NEAR(evaluator.Score(network, DataSplit::kHoldout).score, accuracy, 1.0 / count + 1e-9);
    EXPECT_NEAR(evaluator.Evaluate(weights_, a).score, accuracy, 1.0 / count + 1e-9);
  }
}

TEST_F(AllBlocks, TrainByTheFusedPassAsByAten) {
  at::manual_seed(9);
  const std::vector<at::Tensor> views = layers_.Views(weights_);
  for (const Architecture& a : Samples(10)) {
    SCOPED_TRACE(ArchitectureToJson(a));
    const TaggedNetwork tagged = Lowered(a);
    const Network& network = tagged.network;
    const at::Tensor images = at::randn({5, a.resolution.height, a.resolution.width, 3});
    ASSERT_TRUE(FusedPassApplies(network, images));
    const std::vector<LayerSlice> slices = layers_.Slices(tagged, views);
    const PassResult fused = Differentiate(network, slices, images, FusedTrainForward);
    const PassResult plain = Differentiate(network, slices, images, AtenTrainForward);
    ExpectClose(fused.logits, plain.logits, "logits");
    for (size_t i = 0; i < plain.gradients.size(); ++i) {
      ExpectClose(fused.gradients[i], plain.gradients[i], "gradient");
    }
  }
}

// No layer is there in vain, none serves two kinds of block, and a network uses none twice.
TEST_F(AllBlocks, LayersBelongToOneKindOfBlock) {
  std::set<int> used;
  for (const Architecture& a : Samples(400)) {
    const TaggedNetwork tagged = Lowered(a);
    const std::vector<int> layers = layers_.LayersOf(tagged);
    ASSERT_EQ(layers.size(), tagged.network.operators.size());
    std::set<int> here;
    for (size_t i = 0; i < layers.size(); ++i) {
      const Operator& op = tagged.network.operators[i];
      ASSERT_EQ(layers[i] >= 0, HasWeights(op.kind));
      if (layers[i] < 0) continue;
      EXPECT_EQ(layers_.layers()[static_cast<size_t>(layers[i])].kind, op.kind);
      EXPECT_TRUE(here.insert(layers[i]).second);
    }
    used.insert(here.begin(), here.end());
  }
  EXPECT_EQ(used.size(), layers_.layers().size());
}

TEST_F(AllBlocks, LossFallsInTraining) {
  TrainTask task;
  task.layers = &layers_;
  task.data = &data_;
  task.space = &space_;
  task.config.epochs = 6;
  task.config.batch = 16;
  task.seed = 3;
  Trainer trainer(task);
  TrainState state = FreshState(layers_.Initial(3));
  std::vector<double> losses;
  const auto done =
      trainer.Run(&state, StopToken(), [&](const StepReport& report, const TrainState&) {
        losses.push_back(report.loss);
        return Expected<void>();
      });
  ASSERT_TRUE(done);
  EXPECT_LT(losses.back(), losses.front());
}

}  // namespace
}  // namespace mcunas
