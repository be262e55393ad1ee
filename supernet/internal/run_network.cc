#include "supernet/internal/run_network.h"

#include "common/index.h"
#include "supernet/internal/network_pass.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

// The last operator that reads each tensor, -1 where none does.
PerTensor<int> LastUses(const Network& network) {
  PerTensor<int> last(network.operator_count(), -1);
  for (int i = 0; i < network.operator_count(); ++i)
    for (const int input : network.op(i).inputs) last[input] = i;
  return last;
}

// Walks the operators in order; `layer(i, op, input)` runs those with weights.
template <typename LayerFn>
at::Tensor Walk(const Network& network, const at::Tensor& images, const LayerFn& layer) {
  const PerTensor<int> last_use = LastUses(network);
  PerTensor<at::Tensor> tensors(network.operator_count());
  tensors[kNetworkInput] = images;
  for (int i = 0; i < network.operator_count(); ++i) {
    const Operator& op = network.op(i);
    std::vector<at::Tensor> inputs;
    for (const int id : op.inputs) inputs.push_back(tensors[id]);
    tensors[i] = HasWeights(op.kind) ? layer(Index(i), op, inputs[0]) : WithoutWeights(op, inputs);
    for (const int id : op.inputs)
      if (last_use[id] == i) tensors[id] = at::Tensor();
  }
  return tensors.back();
}

at::Tensor Biased(const Operator& op, const at::Tensor& input, const at::Tensor& weight,
                  const at::Tensor& bias) {
  if (op.kind == OpKind::kFullyConnected) return at::linear(input.flatten(1), weight, bias);
  return Activate(Convolve(op, input, weight, bias), op.activation);
}

}  // namespace

at::Tensor TrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                        const at::Tensor& images) {
  const bool fused = FusedPassApplies(network, images);
  return fused ? FusedTrainForward(network, slices, images)
               : AtenTrainForward(network, slices, images);
}

at::Tensor AtenTrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                            const at::Tensor& images) {
  return Walk(network, images, [&](size_t i, const Operator& op, const at::Tensor& input) {
    const LayerSlice& slice = slices[i];
    if (!slice.gamma.defined()) return Biased(op, input, slice.weight, slice.beta);
    const at::Tensor sum = Convolve(op, input, slice.weight);
    return BatchNormActivation(sum, slice.gamma, slice.beta, op.activation);
  });
}

std::vector<BatchNormStatistics> BatchStatistics(const Network& network,
                                                 const std::vector<LayerSlice>& slices,
                                                 const at::Tensor& images) {
  if (FusedPassApplies(network, images)) return FusedStatistics(network, slices, images);
  std::vector<BatchNormStatistics> statistics(network.operators.size());
  Walk(network, images, [&](size_t i, const Operator& op, const at::Tensor& input) {
    const LayerSlice& slice = slices[i];
    if (!slice.gamma.defined()) return Biased(op, input, slice.weight, slice.beta);
    at::Tensor sum = Convolve(op, input, slice.weight);
    auto [variance, mean] = at::var_mean(sum, at::IntArrayRef({0, 1, 2}), /*unbiased=*/false);
    const at::Tensor scale = slice.gamma * at::rsqrt(variance + kBatchNormEpsilon);
    const at::Tensor bias = slice.beta - mean * scale;
    statistics[i] = {mean, variance};
    return Activate(sum.mul_(scale).add_(bias), op.activation);
  });
  return statistics;
}

std::vector<FoldedLayer> Fold(const std::vector<LayerSlice>& slices,
                              const std::vector<BatchNormStatistics>& statistics) {
  std::vector<FoldedLayer> folded(slices.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    const LayerSlice& slice = slices[i];
    if (!slice.weight.defined()) continue;
    if (!slice.gamma.defined()) {
      folded[i] = {slice.weight, slice.beta};
      continue;
    }
    const at::Tensor scale = slice.gamma * at::rsqrt(statistics[i].variance + kBatchNormEpsilon);
    // Output channels come first, except in a depthwise [k,k,C].
    std::vector<int64_t> shape(static_cast<size_t>(slice.weight.dim()), 1);
    const bool depthwise = slice.weight.dim() == 3;
    shape[depthwise ? 2 : 0] = -1;
    folded[i].weight = slice.weight * scale.view(shape);
    folded[i].bias = slice.beta - statistics[i].mean * scale;
  }
  return folded;
}

at::Tensor FoldedForward(const Network& network, const std::vector<FoldedLayer>& layers,
                         const at::Tensor& images) {
  return Walk(network, images, [&](size_t i, const Operator& op, const at::Tensor& input) {
    const FoldedLayer& layer = layers[i];
    if (op.activation != Activation::kRelu6) return Biased(op, input, layer.weight, layer.bias);
    return Convolve(op, input, layer.weight, layer.bias).clamp_(0, 6);  // saves a map
  });
}

}  // namespace mcunas
