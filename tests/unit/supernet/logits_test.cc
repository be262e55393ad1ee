// Every elastic choice, logit by logit: what LibTorch computes with slices of the largest network
// is what plain loops and the quantiser's float engine compute with the extracted one.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/quantize/fold_batch_norm.h"
#include "engine/quantize/run_float.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/tagged_network.h"
#include "nas/space/variation.h"
#include "network/image_batch.h"
#include "supernet/data/batches.h"
#include "supernet/internal/evaluator.h"
#include "supernet/internal/host_tensors.h"
#include "tests/unit/supernet/small_space.h"
#include "tests/unit/supernet/small_supernet.h"

namespace mcunas {
namespace {

constexpr double kTolerance = 1e-4;  // of a logit, relative above 1
constexpr int kImages = 3;

SpaceConfig Space() {
  SpaceConfig space = SmallSpace();
  space.width = {0.5, 0.75, 1.0};
  space.resolution = {8, 11, 12, {9, 12}};
  space.kernel = {3, 5, 7};
  space.head_channels = 20;
  return space;
}

// One supernet of random weights, with or without learned transforms of cropped kernels.
class Logits : public testing::TestWithParam<bool> {
 protected:
  Logits()
      : data_(SmallData()),
        layers_(space_, data_.task.shape, GetParam()),
        weights_(Unrest(layers_, 7)),
        evaluator_(&layers_, &data_, &space_, 64, 1, at::kCPU) {}

  ImageBatch Images(const Resolution& resolution) const {
    return {kImages,
            {resolution.height, resolution.width, 3},
            NormalisedImages(data_, data_.holdout, 0, kImages, resolution),
            {}};
  }

  // What LibTorch says with the statistics that the extracted network carries.
  std::vector<float> TorchLogits(const FloatNetwork& network, const Architecture& architecture,
                                 const ImageBatch& images) const {
    const at::NoGradGuard no_grad;
    const TaggedNetwork tagged = LowerTagged(space_, data_.task.shape, architecture);
    const auto slices = layers_.Slices(tagged, layers_.Views(weights_));
    std::vector<BatchNormStatistics> statistics(slices.size());
    for (size_t i = 0; i < slices.size(); ++i) {
      const BatchNorm& norm = network.parameters[i].batch_norm;
      if (norm.mean.empty()) continue;
      statistics[i] = {at::tensor(norm.mean), at::tensor(norm.variance)};
    }
    const at::Tensor input =
        at::tensor(images.pixels).view({images.count, images.shape.height, images.shape.width, 3});
    return ToVector(FoldedForward(network.network, Fold(slices, statistics), input));
  }

  SpaceConfig space_ = Space();
  TaskData data_;
  ElasticLayers layers_;
  at::Tensor weights_;
  SubnetEvaluator evaluator_;
};
INSTANTIATE_TEST_SUITE_P(Transforms, Logits, testing::Bool());

// Middle of the space, and every choice of it changed on its own.
std::vector<Architecture> EveryChoice(const SpaceConfig& space) {
  const Architecture middle = {11, 0.75, {{{5, 2}, {3, 4}}, {{5, 2}}}};
  std::vector<Architecture> all = {middle, Largest(space), Smallest(space)};
  const auto add = [&](const auto& change) {
    all.push_back(middle);
    change(&all.back());
  };
  for (const Resolution& side : space.resolution)
    add([&](Architecture* a) { a->resolution = side; });
  for (const double width : space.width) add([&](Architecture* a) { a->width = width; });
  for (size_t stage = 0; stage < 2; ++stage) {
    for (const int64_t kernel : space.kernel)
      add([&](Architecture* a) { a->stages[stage][0].kernel = static_cast<int>(kernel); });
    for (const int64_t expand : space.expand)
      add([&](Architecture* a) { a->stages[stage][0].expansion = static_cast<int>(expand); });
    for (const size_t depth : {1, 2})
      add([&](Architecture* a) { a->stages[stage].resize(depth, {7, 1}); });
  }
  return all;
}

std::string Text(const Architecture& a) {
  std::string text = ResolutionText(a.resolution) + " x" + std::to_string(a.width);
  for (const auto& stage : a.stages) {
    text += " |";
    for (const auto& block : stage)
      text += " k" + std::to_string(block.kernel) + "e" + std::to_string(block.expansion);
  }
  return text;
}

TEST_P(Logits, EqualPlainLoopsForEveryChoice) {
  for (const Architecture& a : EveryChoice(space_)) {
    const FloatNetwork network = evaluator_.Extract(weights_, a);
    const ImageBatch images = Images(a.resolution);
    const std::vector<double> plain = PlainLogits(network, images);
    EXPECT_EQ(plain.size(), static_cast<size_t>(kImages * data_.task.shape.classes));
    EXPECT_LT(Difference(plain, TorchLogits(network, a, images)), kTolerance) << Text(a);
  }
}

TEST_P(Logits, EqualPlainLoopsForRandomSubnets) {
  RandomStream random(3, "subnets");
  for (int i = 0; i < 12; ++i) {
    const Architecture a = Sample(space_, &random);
    const FloatNetwork network = evaluator_.Extract(weights_, a);
    const ImageBatch images = Images(a.resolution);
    EXPECT_LT(Difference(PlainLogits(network, images), TorchLogits(network, a, images)), kTolerance)
        << Text(a);
  }
}

// The quantiser starts from these numbers; folding batch norm away changes none of them.
TEST_P(Logits, EqualTheQuantisersFloatEngineFoldedAndUnfolded) {
  for (const Architecture& a : {Largest(space_), Smallest(space_), EveryChoice(space_)[0]}) {
    const FloatNetwork network = evaluator_.Extract(weights_, a);
    const ImageBatch images = Images(a.resolution);
    const std::vector<double> plain = PlainLogits(network, images);
    EXPECT_LT(Difference(plain, RunFloat(network, images).back()), kTolerance) << Text(a);
    EXPECT_LT(Difference(plain, RunFloat(FoldBatchNorm(network), images).back()), kTolerance)
        << Text(a);
  }
}

// The comparison can fail: a weight, a statistic or a tap in the wrong place shows.
TEST_P(Logits, ShowAWrongNumber) {
  const Architecture a = EveryChoice(space_)[0];
  const FloatNetwork right = evaluator_.Extract(weights_, a);
  const ImageBatch images = Images(a.resolution);
  const std::vector<float> torch = TorchLogits(right, a, images);
  FloatNetwork wrong = right;
  wrong.parameters[0].weights[4] += 0.05f;
  EXPECT_GT(Difference(PlainLogits(wrong, images), torch), kTolerance);
  wrong = right;
  wrong.parameters[2].batch_norm.mean[0] += 0.05f;
  EXPECT_GT(Difference(PlainLogits(wrong, images), torch), kTolerance);
  wrong = right;
  for (size_t i = 0; i < right.parameters.size(); ++i) {
    if (right.network.operators[i].kind != OpKind::kDepthwise) continue;
    std::reverse(wrong.parameters[i].weights.begin(), wrong.parameters[i].weights.end());
    break;
  }
  EXPECT_GT(Difference(PlainLogits(wrong, images), torch), kTolerance);
}

// Statistics that Extract carries: those of plain loops over the calibration images.
TEST_P(Logits, StatisticsAreThoseOfTheCalibrationImages) {
  const Architecture a = Smallest(space_);
  FloatNetwork network = evaluator_.Extract(weights_, a);
  const ImageBatch images = evaluator_.CalibrationImages(a.resolution, 64);
  ASSERT_EQ(images.count, 64);
  // The first operator's sums, before batch norm.
  FloatNetwork stem = network;
  stem.network.operators.resize(1);
  stem.network.operators[0].activation = Activation::kNone;
  const BatchNorm norm = stem.parameters[0].batch_norm;
  stem.parameters.resize(1);
  stem.parameters[0].batch_norm = {};
  const size_t channels = norm.mean.size();
  std::vector<double> sum(channels), squares(channels);
  const std::vector<double> values = PlainLogits(stem, images);
  for (size_t i = 0; i < values.size(); ++i) {
    sum[i % channels] += values[i];
    squares[i % channels] += values[i] * values[i];
  }
  const double count = static_cast<double>(values.size() / channels);
  for (size_t c = 0; c < channels; ++c) {
    const double mean = sum[c] / count;
    EXPECT_NEAR(norm.mean[c], mean, 1e-4) << c;
    EXPECT_NEAR(norm.variance[c], squares[c] / count - mean * mean, 1e-4) << c;
  }
}

// What Evaluate counts is what the logits of the extracted network say.
TEST_P(Logits, DecideTheAccuracy) {
  for (const Architecture& a : {Largest(space_), Smallest(space_)}) {
    const FloatNetwork network = evaluator_.Extract(weights_, a);
    const int count = data_.holdout.count();
    const std::vector<float> pixels =
        NormalisedImages(data_, data_.holdout, 0, count, a.resolution);
    int right = 0;
    for (int i = 0; i < count; ++i) {
      const PlainTensor logits =
          PlainForward(network, pixels.data() + i * network.network.input.elements());
      right += PlainArgmax(logits) == data_.holdout.labels[static_cast<size_t>(i)];
    }
    const ScoreResult evaluated = evaluator_.Evaluate(weights_, a);
    EXPECT_EQ(evaluated.images, count);
    EXPECT_NEAR(evaluated.score, right / static_cast<double>(count), 1.0 / count + 1e-9);
  }
}

}  // namespace
}  // namespace mcunas
