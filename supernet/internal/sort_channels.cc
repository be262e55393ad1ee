#include "supernet/internal/sort_channels.h"

#include <ATen/core/grad_mode.h>

#include <optional>

#include "common/index.h"

namespace mcunas {
namespace {

// Operators, in the order of the data.
struct HiddenChannels {
  int maker = -1;
  std::vector<int> between;  // depthwise layers
  int reader = -1;
};

bool SumsOverChannels(OpKind kind) {
  return kind == OpKind::kConv || kind == OpKind::kPointwise || kind == OpKind::kFullyConnected;
}

// What computes channels each on its own, all alike but for weights of their own.
bool KeepsChannelsApart(OpKind kind) {
  return kind == OpKind::kDepthwise || kind == OpKind::kGlobalAveragePool ||
         kind == OpKind::kHardSwish;
}

// The only operator that reads the tensor of operator `i`, as its only operand; or -1.
int OnlyReader(const Network& network, int i) {
  int reader = -1;
  for (int j = i + 1; j < network.operator_count(); ++j) {
    for (const int input : network.op(j).inputs) {
      if (input != i) continue;
      if (reader >= 0 || network.op(j).inputs.size() > 1) return -1;
      reader = j;
    }
  }
  return reader;
}

std::optional<HiddenChannels> MadeBy(const Network& network, const std::vector<int>& layer_of,
                                     int maker) {
  const Operator& op = network.op(maker);
  if (!SumsOverChannels(op.kind) || layer_of[Index(maker)] < 0) return std::nullopt;
  int at = OnlyReader(network, maker);
  const bool hard_swish = at >= 0 && network.op(at).kind == OpKind::kHardSwish;
  if (op.activation == Activation::kNone && !hard_swish) return std::nullopt;
  HiddenChannels found{maker, {}, -1};
  for (; at >= 0; at = OnlyReader(network, at)) {
    const OpKind kind = network.op(at).kind;
    const bool layer = layer_of[Index(at)] >= 0;
    if (layer && SumsOverChannels(kind)) {
      found.reader = at;
      return found;
    }
    if (layer && kind == OpKind::kDepthwise) found.between.push_back(at);
    if (!KeepsChannelsApart(kind)) break;
  }
  return std::nullopt;
}

class Sorter {
 public:
  Sorter(const ElasticLayers& layers, const Network& network, std::vector<int> layer_of)
      : layers_(layers), network_(network), layer_of_(std::move(layer_of)) {}

  // Largest first. `views` of the weights.
  at::Tensor Order(const HiddenChannels& hidden, const std::vector<at::Tensor>& views) const {
    const Operator& op = network_.op(hidden.reader);
    at::Tensor weight = views[Index(LayerOf(hidden.reader).weight)];
    const int64_t axis = weight.dim() - 1;  // inputs stand last in every layer that sums over them
    weight = weight.narrow(0, 0, op.out.channels).narrow(axis, 0, Channels(hidden));
    const at::Tensor norm = weight.abs().reshape({-1, Channels(hidden)}).sum(0);
    return at::argsort(norm, /*stable=*/true, /*dim=*/0, /*descending=*/true);
  }

  void Permute(const HiddenChannels& hidden, const at::Tensor& order,
               const std::vector<at::Tensor>& views) const {
    PermuteOutputs(LayerOf(hidden.maker), order, views);
    for (const int op : hidden.between) PermuteOutputs(LayerOf(op), order, views);
    const at::Tensor& weight = views[Index(LayerOf(hidden.reader).weight)];
    PermuteFirst(weight, weight.dim() - 1, order);
  }

 private:
  const ElasticLayer& LayerOf(int op) const {
    return layers_.layers()[Index(layer_of_[Index(op)])];
  }
  int64_t Channels(const HiddenChannels& hidden) const {
    return network_.op(hidden.maker).out.channels;
  }
  // The first channels along `axis`; those beyond stay where they are.
  static void PermuteFirst(const at::Tensor& tensor, int64_t axis, const at::Tensor& order) {
    at::Tensor first = tensor.narrow(axis, 0, order.numel());
    first.copy_(first.index_select(axis, order));
  }
  static void PermuteOutputs(const ElasticLayer& layer, const at::Tensor& order,
                             const std::vector<at::Tensor>& views) {
    PermuteFirst(views[Index(layer.weight)], layer.kind == OpKind::kDepthwise ? 2 : 0, order);
    for (const int parameter : {layer.gamma, layer.beta})
      if (parameter >= 0) PermuteFirst(views[Index(parameter)], 0, order);
  }

  const ElasticLayers& layers_;
  const Network& network_;
  std::vector<int> layer_of_;
};

}  // namespace

void SortChannels(const ElasticLayers& layers, const TaggedNetwork& tagged,
                  const std::vector<at::Tensor>& flat) {
  const at::NoGradGuard no_grad;
  std::vector<std::vector<at::Tensor>> views;
  for (const at::Tensor& buffer : flat) views.push_back(layers.Views(buffer));
  const Network& network = tagged.network;
  const std::vector<int> layer_of = layers.LayersOf(tagged);
  const Sorter sorter(layers, network, layer_of);
  for (int i = 0; i < network.operator_count(); ++i) {
    const std::optional<HiddenChannels> hidden = MadeBy(network, layer_of, i);
    if (!hidden) continue;
    const at::Tensor order = sorter.Order(*hidden, views.front());
    for (const auto& of_buffer : views) sorter.Permute(*hidden, order, of_buffer);
  }
}

}  // namespace mcunas
