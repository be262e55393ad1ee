#include "supernet/internal/network_pass.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "common/index.h"
#include "supernet/internal/fused_layers.h"

namespace mcunas {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool KernelsAreOff() {
  static const bool off = [] {
    const char* chosen = std::getenv("MCUNAS_CPU_KERNELS");
    return chosen != nullptr && std::string_view(chosen) == "aten";
  }();
  return off;
}

bool HasFusedOperator(const Operator& op) {
  if (op.kind == OpKind::kAdd) return op.activation == Activation::kNone && !op.broadcast;
  if (op.kind == OpKind::kGlobalAveragePool) return op.activation == Activation::kNone;
  return HasFusedLayer(op) && op.activation != Activation::kReluN1To1;
}

// The tensors of a slice that are there, weight first.
variable_list TensorsOf(const std::vector<LayerSlice>& slices) {
  variable_list tensors;
  for (const LayerSlice& slice : slices) {
    for (const at::Tensor& tensor : {slice.weight, slice.gamma, slice.beta}) {
      if (tensor.defined()) tensors.push_back(tensor);
    }
  }
  return tensors;
}

// Holds what the way back needs: every map before its batch norm.
class NetworkPass : public torch::CustomClassHolder {
 public:
  NetworkPass(const Network& network, const std::vector<LayerSlice>& slices,
              const at::Tensor& images);

  // Logits; keeps all maps.
  at::Tensor Forward();
  // Like Forward, but keeps no map that nobody reads any more.
  std::vector<BatchNormStatistics> Statistics();
  // Gradients of the slices, in the order of TensorsOf.
  variable_list Backward(const at::Tensor& dlogits);

 private:
  void Run(int i);
  void Back(int i, MapGradient gradient, LayerSlice* gradients);
  void BackThroughPool(const Operator& op, const at::Tensor& gradient);
  void BackThroughLayer(int i, MapGradient gradient, LayerSlice* gradients);
  void AddGradient(int tensor, const at::Tensor& values);

  Network network_;
  std::vector<LayerSlice> slices_;
  PerTensor<FeatureMap> maps_;
  PerTensor<int> first_use_, last_use_;
  PerTensor<MapGradient> gradients_;
};

NetworkPass::NetworkPass(const Network& network, const std::vector<LayerSlice>& slices,
                         const at::Tensor& images)
    : network_(network),
      slices_(slices.size()),
      maps_(network.operator_count()),
      first_use_(network.operator_count(), -1),
      last_use_(network.operator_count(), -1) {
  maps_[kNetworkInput] = PlainMap(images);
  for (size_t i = 0; i < slices.size(); ++i) {
    const auto plain = [](const at::Tensor& t) { return t.defined() ? t.detach() : t; };
    slices_[i] = {plain(slices[i].weight), plain(slices[i].gamma), plain(slices[i].beta)};
  }
  for (int i = 0; i < network.operator_count(); ++i) {
    for (const int input : network.op(i).inputs) {
      if (first_use_[input] < 0) first_use_[input] = i;
      last_use_[input] = i;
    }
  }
}

void NetworkPass::Run(int i) {
  const Operator& op = network_.op(i);
  const FeatureMap& in = maps_[op.inputs[0]];
  if (op.kind == OpKind::kAdd) {
    maps_[i] = PlainMap(Materialise(in, maps_[op.inputs[1]]));
    return;
  }
  if (op.kind == OpKind::kGlobalAveragePool) {
    maps_[i] = PlainMap(Materialise(in).mean({1, 2}, /*keepdim=*/true));
    return;
  }
  const LayerSlice& slice = slices_[Index(i)];
  const LayerSums sums = FusedForward(op, in, slice.weight);
  maps_[i] = slice.gamma.defined()
                 ? Normalise(sums.values, sums.moments, {slice.gamma, slice.beta, op.activation})
                 : PlainMap(sums.values + slice.beta);
}

at::Tensor NetworkPass::Forward() {
  for (int i = 0; i < network_.operator_count(); ++i) Run(i);
  const at::Tensor& logits = maps_[network_.operator_count() - 1].values;
  return logits.view({logits.size(0), -1});
}

std::vector<BatchNormStatistics> NetworkPass::Statistics() {
  std::vector<BatchNormStatistics> statistics(network_.operators.size());
  for (int i = 0; i < network_.operator_count(); ++i) {
    Run(i);
    if (maps_[i].normalised) {
      const auto row = [&](NormRow index) {
        return maps_[i].norm[index].narrow(0, 0, maps_[i].channels()).clone();
      };
      statistics[Index(i)] = {row(kMean), row(kVariance)};
    }
    for (const int input : network_.op(i).inputs) {
      if (last_use_[input] == i) maps_[input] = FeatureMap();
    }
  }
  return statistics;
}

void NetworkPass::AddGradient(int tensor, const at::Tensor& values) {
  at::Tensor& sum = gradients_[tensor].values;
  sum = sum.defined() ? sum + values : values;
}

void NetworkPass::BackThroughPool(const Operator& op, const at::Tensor& gradient) {
  const at::Tensor& in = maps_[op.inputs[0]].values;
  const auto pixels = static_cast<double>(in.size(1) * in.size(2));
  AddGradient(op.inputs[0], (gradient / pixels).expand(in.sizes()).contiguous());
}

void NetworkPass::BackThroughLayer(int i, MapGradient gradient, LayerSlice* gradients) {
  const Operator& op = network_.op(i);
  const int input = op.inputs[0];
  if (!gradient.sums.defined()) SumUp(maps_[i], &gradient);
  const NormGradient norm = ThroughNorm(maps_[i], gradient);
  LayerBackward layer = {maps_[input], maps_[i], gradient.values, norm};
  if (input != kNetworkInput) layer.din = &gradients_[input];
  layer.last = first_use_[input] == i;
  gradients->weight = FusedBackward(op, slices_[Index(i)].weight, layer);
  if (maps_[i].normalised) gradients->gamma = norm.dgamma;
  gradients->beta = norm.dbeta;
}

void NetworkPass::Back(int i, MapGradient gradient, LayerSlice* gradients) {
  const Operator& op = network_.op(i);
  switch (op.kind) {
    case OpKind::kAdd:
      for (const int input : op.inputs) AddGradient(input, gradient.values);
      return;
    case OpKind::kGlobalAveragePool:
      return BackThroughPool(op, gradient.values);
    default:
      return BackThroughLayer(i, std::move(gradient), gradients);
  }
}

variable_list NetworkPass::Backward(const at::Tensor& dlogits) {
  gradients_ = PerTensor<MapGradient>(network_.operator_count());
  const int last = network_.operator_count() - 1;
  AddGradient(last, dlogits.view(maps_[last].values.sizes()));
  std::vector<LayerSlice> layers(slices_.size());
  for (int i = last; i >= 0; --i) {
    MapGradient gradient = std::move(gradients_[i]);
    gradients_[i] = MapGradient();
    Back(i, std::move(gradient), &layers[Index(i)]);
    maps_[i] = FeatureMap();
  }
  return TensorsOf(layers);
}

class NetworkFunction : public torch::autograd::Function<NetworkFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<NetworkPass>& pass,
                            at::TensorList) {
    context->saved_data["pass"] = c10::IValue::make_capsule(pass);
    return pass->Forward();
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["pass"].toCapsule();
    variable_list results =
        static_cast<NetworkPass*>(capsule.get())->Backward(gradients[0].contiguous());
    results.insert(results.begin(), at::Tensor());  // of the pass itself
    return results;
  }
};

}  // namespace

bool FusedPassApplies(const Network& network, const at::Tensor& images) {
  return !KernelsAreOff() && images.is_cpu() && images.scalar_type() == at::kFloat &&
         images.is_contiguous() &&
         std::all_of(network.operators.begin(), network.operators.end(), HasFusedOperator);
}

at::Tensor FusedTrainForward(const Network& network, const std::vector<LayerSlice>& slices,
                             const at::Tensor& images) {
  const auto pass = c10::make_intrusive<NetworkPass>(network, slices, images);
  const variable_list weights = TensorsOf(slices);
  return NetworkFunction::apply(pass, at::TensorList(weights));
}

std::vector<BatchNormStatistics> FusedStatistics(const Network& network,
                                                 const std::vector<LayerSlice>& slices,
                                                 const at::Tensor& images) {
  return NetworkPass(network, slices, images).Statistics();
}

}  // namespace mcunas
