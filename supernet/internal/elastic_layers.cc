#include "supernet/internal/elastic_layers.h"

#include <cmath>
#include <numeric>

#include "common/check.h"
#include "common/index.h"
#include "common/random.h"
#include "nas/space/architecture.h"
#include "nas/space/block_geometry.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "network/network.h"

namespace mcunas {
namespace {

std::string BlockName(int stage, int index) {
  return "s" + std::to_string(stage) + ".b" + std::to_string(index);
}

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Inputs that each output sums over; sets the spread of the random weights.
int64_t FanIn(const ElasticLayer& layer, const std::vector<int64_t>& shape) {
  if (layer.kind == OpKind::kDepthwise) return shape[0] * shape[1];
  return std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
}

// The centre k x k of a depthwise kernel [K,K,C], passed through the transforms on the way down.
at::Tensor CropKernel(at::Tensor weight, int64_t kernel,
                      const std::vector<at::Tensor>& transforms) {
  if (transforms.empty()) {
    const int64_t margin = (weight.size(0) - kernel) / 2;
    return weight.narrow(0, margin, kernel).narrow(1, margin, kernel);
  }
  for (size_t step = 0; weight.size(0) > kernel; ++step) {
    const int64_t side = weight.size(0) - 2, channels = weight.size(2);
    const at::Tensor centre = weight.narrow(0, 1, side).narrow(1, 1, side);
    weight = transforms[step].mm(centre.reshape({side * side, channels}));
    weight = weight.view({side, side, channels});
  }
  return weight;
}

}  // namespace

ElasticLayers::ElasticLayers(const SpaceConfig& space, const TaskShape& task, bool kernel_transform)
    : space_(space) {
  const Architecture largest = Largest(space);
  const auto channels = [&](int64_t at_full_width) -> int64_t {
    return ScaledChannels(at_full_width, largest.width, space.channel_multiple);
  };
  int64_t last = channels(space.stem_channels);
  stem_ = AddLayer("stem", OpKind::kConv, {last, 3, 3, task.image_channels}, false);
  for (const BlockGeometry& block : Blocks(space, largest)) {
    const std::string name = BlockName(block.stage, block.index);
    const int64_t hidden = block.hidden_channels, out = block.out_channels;
    BlockLayers layers;
    if (block.expands) {
      layers.expand =
          AddLayer(name + ".expand", OpKind::kPointwise, {hidden, block.in_channels}, false);
    }
    layers.depthwise = AddLayer(name + ".depthwise", OpKind::kDepthwise,
                                {block.kernel, block.kernel, hidden}, kernel_transform);
    layers.project = AddLayer(name + ".project", OpKind::kPointwise, {out, hidden}, false);
    if (block.index == 0) blocks_.emplace_back();
    blocks_.back().push_back(layers);
    last = out;
  }
  if (space.head_channels > 0) {
    head_ = AddLayer("head", OpKind::kPointwise, {channels(space.head_channels), last}, false);
    last = channels(space.head_channels);
  }
  classifier_ = AddLayer("classifier", OpKind::kFullyConnected, {task.classes, last}, false);
  PlaceParameters();
}

int ElasticLayers::AddParameter(const std::string& name, const std::vector<int64_t>& shape) {
  const int64_t elements =
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  parameters_.push_back({name, shape, 0, elements});
  return static_cast<int>(parameters_.size()) - 1;
}

int ElasticLayers::AddLayer(const std::string& name, OpKind kind, const std::vector<int64_t>& shape,
                            bool kernel_transform) {
  ElasticLayer layer;
  layer.name = name;
  layer.kind = kind;
  layer.weight = AddParameter(name + ".weight", shape);
  const int64_t outputs = kind == OpKind::kDepthwise ? shape[2] : shape[0];
  if (kind == OpKind::kFullyConnected) {
    layer.beta = AddParameter(name + ".bias", {outputs});
  } else {
    layer.gamma = AddParameter(name + ".gamma", {outputs});
    layer.beta = AddParameter(name + ".beta", {outputs});
  }
  for (int64_t side = shape[0] - 2; kernel_transform && side >= 3; side -= 2) {
    const int64_t taps = side * side;
    layer.transforms.push_back(
        AddParameter(name + ".transform" + std::to_string(side), {taps, taps}));
  }
  layers_.push_back(std::move(layer));
  return static_cast<int>(layers_.size()) - 1;
}

void ElasticLayers::PlaceParameters() {
  for (const bool decayed : {true, false}) {
    for (Parameter& parameter : parameters_) {
      if (EndsWith(parameter.name, ".weight") != decayed) continue;
      parameter.offset = total_;
      total_ += parameter.elements;
    }
    if (decayed) decayed_ = total_;
  }
}

at::Tensor ElasticLayers::Initial(uint64_t seed) const {
  at::Tensor flat = at::zeros({total_});
  std::vector<at::Tensor> views = Views(flat);
  for (const ElasticLayer& layer : layers_) {
    at::Tensor& weight = views[Index(layer.weight)];
    RandomStream random(seed, "initial weights", layer.name);
    const auto fan_in = static_cast<double>(FanIn(layer, parameters_[Index(layer.weight)].shape));
    const double gain = layer.kind == OpKind::kFullyConnected ? 1.0 / 3 : 2.0;
    const double spread = std::sqrt(gain / fan_in);
    float* values = weight.data_ptr<float>();
    for (int64_t i = 0; i < weight.numel(); ++i) {
      values[i] = static_cast<float>(spread * random.Normal());
    }
    if (layer.gamma >= 0) views[Index(layer.gamma)].fill_(1);
    for (const int transform : layer.transforms) {
      at::Tensor& matrix = views[Index(transform)];
      matrix.copy_(at::eye(matrix.size(0)));
    }
  }
  return flat;
}

std::vector<at::Tensor> ElasticLayers::Views(const at::Tensor& flat) const {
  std::vector<at::Tensor> views;
  for (const Parameter& p : parameters_) {
    views.push_back(flat.narrow(0, p.offset, p.elements).view(p.shape));
  }
  return views;
}

std::vector<int> ElasticLayers::LayersOf(const Architecture& architecture) const {
  std::vector<int> layers = {stem_};
  for (const BlockGeometry& block : Blocks(space_, architecture)) {
    const BlockLayers& largest = blocks_[Index(block.stage)][Index(block.index)];
    if (block.expands) layers.push_back(largest.expand);
    layers.push_back(largest.depthwise);
    layers.push_back(largest.project);
    if (block.residual) layers.push_back(-1);
  }
  if (space_.head_channels > 0) layers.push_back(head_);
  layers.push_back(-1);
  layers.push_back(classifier_);
  return layers;
}

std::vector<LayerSlice> ElasticLayers::Slices(const Architecture& architecture,
                                              const Network& network,
                                              const std::vector<at::Tensor>& views) const {
  const std::vector<int> ids = LayersOf(architecture);
  MCUNAS_CHECK(ids.size() == network.operators.size(), "supernet and Lower disagree");
  std::vector<LayerSlice> slices(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    const ElasticLayer& layer = layers_[Index(ids[i])];
    const Operator& op = network.operators[i];
    MCUNAS_CHECK(op.kind == layer.kind, "supernet and Lower disagree about " + layer.name);
    at::Tensor weight = views[Index(layer.weight)];
    if (layer.kind == OpKind::kDepthwise) {
      std::vector<at::Tensor> transforms;
      for (const int id : layer.transforms) transforms.push_back(views[Index(id)]);
      weight = CropKernel(weight.narrow(2, 0, op.out.channels), op.kernel.height, transforms);
    } else {
      weight = weight.narrow(0, 0, op.out.channels);
      if (layer.kind != OpKind::kConv) weight = weight.narrow(1, 0, op.in.channels);
    }
    slices[i].weight = weight.contiguous();
    const auto first = [&](int id) {
      return id < 0 ? at::Tensor() : views[Index(id)].narrow(0, 0, op.out.channels);
    };
    slices[i].gamma = first(layer.gamma);
    slices[i].beta = first(layer.beta);
  }
  return slices;
}

}  // namespace mcunas
