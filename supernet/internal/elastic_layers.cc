#include "supernet/internal/elastic_layers.h"

#include <cmath>
#include <numeric>

#include "common/check.h"
#include "common/index.h"
#include "common/random.h"
#include "nas/space/largest_layers.h"
#include "nas/space/space_config.h"
#include "network/network.h"

namespace mcunas {
namespace {

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Inputs that each output sums over; sets the spread of the random weights.
int64_t FanIn(const ElasticLayer& layer, const std::vector<int64_t>& shape) {
  if (layer.kind == OpKind::kDepthwise) return shape[0] * shape[1];
  return std::accumulate(shape.begin() + 1, shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<int64_t> WeightShape(const LargestLayer& layer) {
  const int64_t in = layer.in_channels, out = layer.out_channels, k = layer.kernel;
  switch (layer.kind) {
    case OpKind::kConv:
      return {out, k, k, in};
    case OpKind::kDepthwise:
      return {k, k, out};
    case OpKind::kPointwise:
    case OpKind::kFullyConnected:
      return {out, in};
    default:
      MCUNAS_CHECK(false, std::string("no layer of a space is a ") + OpName(layer.kind));
      return {};
  }
}

// What a pool has left varies too much within a batch for a norm of its own; and int8 wants none.
bool HasBatchNorm(LayerRole role) {
  return role != LayerRole::kSqueeze && role != LayerRole::kExcite &&
         role != LayerRole::kClassifier;
}

// The centre k x k of a kernel whose sides are the axes `first` and the next one.
at::Tensor Centre(const at::Tensor& weight, int64_t first, int64_t kernel) {
  const int64_t margin = (weight.size(first) - kernel) / 2;
  return weight.narrow(first, margin, kernel).narrow(first + 1, margin, kernel);
}

// That of a depthwise kernel [K,K,C], passed through the transforms on the way down.
at::Tensor CropKernel(at::Tensor weight, int64_t kernel,
                      const std::vector<at::Tensor>& transforms) {
  if (transforms.empty()) return Centre(weight, 0, kernel);
  for (size_t step = 0; weight.size(0) > kernel; ++step) {
    const int64_t side = weight.size(0) - 2, channels = weight.size(2);
    const at::Tensor centre = weight.narrow(0, 1, side).narrow(1, 1, side);
    weight = transforms[step].mm(centre.reshape({side * side, channels}));
    weight = weight.view({side, side, channels});
  }
  return weight;
}

// What an operator uses of its layer's weights.
at::Tensor Part(const Operator& op, const at::Tensor& weight,
                const std::vector<at::Tensor>& transforms) {
  if (op.kind == OpKind::kDepthwise) {
    return CropKernel(weight.narrow(2, 0, op.out.channels), op.kernel.height, transforms);
  }
  const at::Tensor outputs = weight.narrow(0, 0, op.out.channels);
  const at::Tensor part = outputs.narrow(weight.dim() - 1, 0, op.in.channels);
  return op.kind == OpKind::kConv ? Centre(part, 1, op.kernel.height) : part;
}

}  // namespace

ElasticLayers::ElasticLayers(const SpaceConfig& space, const TaskShape& task,
                             bool kernel_transform) {
  for (const LargestLayer& layer : LargestLayers(space, task)) {
    layer_of_[layer.tag] = static_cast<int>(layers_.size());
    AddLayer(layer, kernel_transform && layer.kind == OpKind::kDepthwise);
  }
  PlaceParameters();
}

int ElasticLayers::AddParameter(const std::string& name, const std::vector<int64_t>& shape) {
  const int64_t elements =
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  parameters_.push_back({name, shape, 0, elements});
  return static_cast<int>(parameters_.size()) - 1;
}

void ElasticLayers::AddLayer(const LargestLayer& largest, bool kernel_transform) {
  ElasticLayer layer;
  layer.name = LayerName(largest.tag);
  layer.kind = largest.kind;
  layer.weight = AddParameter(layer.name + ".weight", WeightShape(largest));
  if (HasBatchNorm(largest.tag.role)) {
    layer.gamma = AddParameter(layer.name + ".gamma", {largest.out_channels});
    layer.beta = AddParameter(layer.name + ".beta", {largest.out_channels});
  } else {
    layer.beta = AddParameter(layer.name + ".bias", {largest.out_channels});
  }
  for (int64_t side = largest.kernel - 2; kernel_transform && side >= 3; side -= 2) {
    const int64_t taps = side * side;
    layer.transforms.push_back(
        AddParameter(layer.name + ".transform" + std::to_string(side), {taps, taps}));
  }
  layers_.push_back(std::move(layer));
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

std::vector<int> ElasticLayers::LayersOf(const TaggedNetwork& tagged) const {
  std::vector<int> layers;
  for (const LayerTag& tag : tagged.tags) {
    layers.push_back(tag.role == LayerRole::kNone ? -1 : layer_of_.at(tag));
  }
  return layers;
}

std::vector<LayerSlice> ElasticLayers::Slices(const TaggedNetwork& tagged,
                                              const std::vector<at::Tensor>& views) const {
  const std::vector<int> ids = LayersOf(tagged);
  std::vector<LayerSlice> slices(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    const ElasticLayer& layer = layers_[Index(ids[i])];
    const Operator& op = tagged.network.operators[i];
    std::vector<at::Tensor> transforms;
    for (const int id : layer.transforms) transforms.push_back(views[Index(id)]);
    slices[i].weight = Part(op, views[Index(layer.weight)], transforms).contiguous();
    const auto first = [&](int id) {
      return id < 0 ? at::Tensor() : views[Index(id)].narrow(0, 0, op.out.channels);
    };
    slices[i].gamma = first(layer.gamma);
    slices[i].beta = first(layer.beta);
  }
  return slices;
}

}  // namespace mcunas
