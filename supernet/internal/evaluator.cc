#include "supernet/internal/evaluator.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>

#include "common/index.h"
#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "nas/space/tagged_network.h"
#include "network/image_batch.h"
#include "network/operator_counts.h"
#include "supernet/data/batches.h"
#include "supernet/internal/host_tensors.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

constexpr int64_t kBnBatch = 256;
constexpr int64_t kEvaluationBatch = 250;
constexpr int kMaxCalibration = 20000;  // images kept apart for recalibration and int8 ranges

ImageSet ShuffledPrefix(const ImageSet& images, uint64_t seed, int count) {
  std::vector<int> order(images.labels.size());
  std::iota(order.begin(), order.end(), 0);
  RandomStream(seed, "calibration").Shuffle(&order);
  order.resize(static_cast<size_t>(std::min(count, images.count())));
  ImageSet result;
  result.shape = images.shape;
  for (const int index : order) {
    const uint8_t* image = images.image(index);
    result.pixels.insert(result.pixels.end(), image, image + images.shape.elements());
    result.labels.push_back(images.labels[Index(index)]);
  }
  return result;
}

at::Tensor AllImages(const TaskData& data, const ImageSet& split, int count,
                     const Resolution& resolution, at::Device device) {
  return ToTensor(NormalisedImages(data, split, 0, count, resolution),
                  {count, resolution.height, resolution.width, split.shape.channels}, device);
}

// As run_network.h takes them: conv [O,k,k,I], pointwise and fully connected [O,I], depthwise
// [k,k,C].
std::vector<int64_t> WeightShape(const Operator& op) {
  const int64_t rows = op.kernel.height, columns = op.kernel.width;
  if (op.kind == OpKind::kDepthwise) return {rows, columns, op.out.channels};
  if (op.kind == OpKind::kConv) return {op.out.channels, rows, columns, op.in.channels};
  return {op.out.channels, OperatorWeights(op) / op.out.channels};
}

std::vector<FoldedLayer> Folded(const FloatNetwork& network, at::Device device) {
  std::vector<LayerSlice> slices(network.parameters.size());
  std::vector<BatchNormStatistics> statistics(slices.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    const FloatParameters& p = network.parameters[i];
    if (p.weights.empty()) continue;
    const Operator& op = network.network.operators[i];
    const auto channels = [&](const std::vector<float>& values) {
      return ToTensor(values, {op.out.channels}, device);
    };
    const bool normalised = !p.batch_norm.gamma.empty();
    slices[i].weight = ToTensor(p.weights, WeightShape(op), device);
    slices[i].beta = channels(normalised ? p.batch_norm.beta : p.bias);
    if (!normalised) continue;
    slices[i].gamma = channels(p.batch_norm.gamma);
    statistics[i] = {channels(p.batch_norm.mean), channels(p.batch_norm.variance)};
  }
  return Fold(slices, statistics);
}

// The law of total variance joins the statistics of equally large batches.
void Join(const std::vector<BatchNormStatistics>& batch, double weight,
          std::vector<BatchNormStatistics>* sums) {
  sums->resize(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].mean.defined()) continue;
    const at::Tensor mean = batch[i].mean.to(at::kDouble);
    const at::Tensor square = batch[i].variance.to(at::kDouble) + mean * mean;
    BatchNormStatistics& sum = (*sums)[i];
    sum.mean = sum.mean.defined() ? sum.mean + mean * weight : mean * weight;
    sum.variance = sum.variance.defined() ? sum.variance + square * weight : square * weight;
  }
}

}  // namespace

SubnetEvaluator::SubnetEvaluator(const ElasticLayers* layers, const TaskData* data,
                                 const SpaceConfig* space, int64_t bn_images, uint64_t seed,
                                 at::Device device)
    : layers_(layers),
      data_(data),
      space_(space),
      device_(device),
      calibration_(ShuffledPrefix(data->train, seed, kMaxCalibration)),
      bn_images_(static_cast<int>(std::min<int64_t>(bn_images, calibration_.count()))) {}

const at::Tensor& SubnetEvaluator::BnImages(const Resolution& resolution) {
  at::Tensor& images = bn_cache_[resolution];
  if (!images.defined()) {
    images = AllImages(*data_, calibration_, bn_images_, resolution, device_);
  }
  return images;
}

const at::Tensor& SubnetEvaluator::Holdout(const Resolution& resolution) {
  at::Tensor& images = holdout_cache_[resolution];
  if (!images.defined()) {
    images = AllImages(*data_, data_->holdout, data_->holdout.count(), resolution, device_);
  }
  return images;
}

SubnetEvaluator::Subnet SubnetEvaluator::Recalibrated(const at::Tensor& weights,
                                                      const Architecture& architecture) {
  Subnet subnet;
  TaggedNetwork tagged = LowerTagged(*space_, data_->task.shape, architecture);
  subnet.slices = layers_->Slices(tagged, layers_->Views(weights));
  subnet.network = std::move(tagged.network);
  const at::Tensor& images = BnImages(architecture.resolution);
  std::vector<BatchNormStatistics> sums;
  for (int64_t first = 0; first < images.size(0); first += kBnBatch) {
    const int64_t count = std::min(kBnBatch, images.size(0) - first);
    const double weight = static_cast<double>(count) / static_cast<double>(images.size(0));
    Join(BatchStatistics(subnet.network, subnet.slices, images.narrow(0, first, count)), weight,
         &sums);
  }
  for (BatchNormStatistics& sum : sums) {
    if (!sum.mean.defined()) continue;
    sum.variance = (sum.variance - sum.mean * sum.mean).clamp_min(0).to(at::kFloat);
    sum.mean = sum.mean.to(at::kFloat);
  }
  subnet.statistics = std::move(sums);
  return subnet;
}

ScoreResult SubnetEvaluator::EvaluateFirst(const at::Tensor& weights,
                                           const Architecture& architecture, int images) {
  const at::NoGradGuard no_grad;
  const int count = std::min(images, data_->holdout.count());
  const Subnet subnet = Recalibrated(weights, architecture);
  return ScoreOf(subnet.network, Fold(subnet.slices, subnet.statistics),
                 Holdout(architecture.resolution).narrow(0, 0, count),
                 std::span(data_->holdout.labels).first(static_cast<size_t>(count)));
}

ScoreResult SubnetEvaluator::Score(const FloatNetwork& network, DataSplit split) {
  const at::NoGradGuard no_grad;
  const Shape& input = network.network.input;
  const Resolution resolution(input.height, input.width);
  const std::vector<FoldedLayer> layers = Folded(network, device_);
  if (split == DataSplit::kHoldout)
    return ScoreOf(network.network, layers, Holdout(resolution), data_->holdout.labels);
  const at::Tensor images =
      AllImages(*data_, data_->test, data_->test.count(), resolution, device_);
  return ScoreOf(network.network, layers, images, data_->test.labels);
}

ScoreResult SubnetEvaluator::ScoreOf(const Network& network, const std::vector<FoldedLayer>& layers,
                                     const at::Tensor& images, std::span<const int> labels) const {
  std::vector<float> outputs;
  for (int64_t first = 0; first < images.size(0); first += kEvaluationBatch) {
    const int64_t count = std::min(kEvaluationBatch, images.size(0) - first);
    const std::vector<float> some =
        ToVector(FoldedForward(network, layers, images.narrow(0, first, count)));
    outputs.insert(outputs.end(), some.begin(), some.end());
  }
  return {data_->task.decode(outputs, labels), static_cast<int>(images.size(0)),
          data_->task.judge ? data_->task.judge(outputs, labels) : Outcomes()};
}

FloatNetwork SubnetEvaluator::Extract(const at::Tensor& weights, const Architecture& architecture) {
  const at::NoGradGuard no_grad;
  Subnet subnet = Recalibrated(weights, architecture);
  FloatNetwork result;
  result.parameters.resize(subnet.network.operators.size());
  for (size_t i = 0; i < subnet.slices.size(); ++i) {
    const LayerSlice& slice = subnet.slices[i];
    if (!slice.weight.defined()) continue;
    FloatParameters& parameters = result.parameters[i];
    parameters.weights = ToVector(slice.weight);
    if (!slice.gamma.defined()) {
      parameters.bias = ToVector(slice.beta);
      continue;
    }
    parameters.batch_norm = {
        ToVector(slice.gamma), ToVector(slice.beta), ToVector(subnet.statistics[i].mean),
        ToVector(subnet.statistics[i].variance), static_cast<float>(kBatchNormEpsilon)};
  }
  result.network = std::move(subnet.network);
  return result;
}

ImageBatch SubnetEvaluator::CalibrationImages(const Resolution& resolution, int count) const {
  ImageBatch batch;
  batch.count = std::min(count, calibration_.count());
  batch.shape = {resolution.height, resolution.width, calibration_.shape.channels};
  batch.pixels = NormalisedImages(*data_, calibration_, 0, batch.count, resolution);
  return batch;
}

}  // namespace mcunas
