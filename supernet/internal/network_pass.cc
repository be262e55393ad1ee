#include "supernet/internal/network_pass.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "common/index.h"
#include "supernet/internal/fused_layers.h"
#include "supernet/internal/weightless.h"

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
  if (IsWeightless(op.kind)) return true;
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
  // Whether the operator's readers apply the hard swish behind it, its only reader.
  bool HasHardSwish(int i) const;
  bool IsAppliedByReaders(int i) const;  // whether it is such a hard swish
  std::vector<const FeatureMap*> InputsOf(const Operator& op) const;
  void Back(int i, MapGradient gradient, LayerSlice* gradients);
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

bool NetworkPass::HasHardSwish(int i) const {
  const int reader = first_use_[i];
  return reader >= 0 && last_use_[i] == reader && HasWeights(network_.op(i).kind) &&
         network_.op(i).activation == Activation::kNone &&
         network_.op(reader).kind == OpKind::kHardSwish;
}

bool NetworkPass::IsAppliedByReaders(int i) const {
  const Operator& op = network_.op(i);
  return op.kind == OpKind::kHardSwish && op.inputs[0] != kNetworkInput &&
         HasHardSwish(op.inputs[0]);
}

std::vector<const FeatureMap*> NetworkPass::InputsOf(const Operator& op) const {
  std::vector<const FeatureMap*> inputs;
  for (const int input : op.inputs) inputs.push_back(&maps_[input]);
  return inputs;
}

void NetworkPass::Run(int i) {
  const Operator& op = network_.op(i);
  const FeatureMap& in = maps_[op.inputs[0]];
  if (!HasWeights(op.kind)) {
    maps_[i] = IsAppliedByReaders(i) ? in : WeightlessForward(op, InputsOf(op));
    return;
  }
  const LayerSlice& slice = slices_[Index(i)];
  const LayerSums sums = FusedForward(op, in, slice.weight);
  maps_[i] = slice.gamma.defined()
                 ? Normalise(sums.values, sums.moments, {slice.gamma, slice.beta, op.activation})
                 : BiasedMap(sums.values, slice.beta, op.activation);
  maps_[i].hard_swish = HasHardSwish(i);
}

at::Tensor NetworkPass::Forward() {
  for (int i = 0; i < network_.operator_count(); ++i) Run(i);
  const at::Tensor logits = Materialise(maps_[network_.operator_count() - 1]);
  return logits.view({logits.size(0), -1});
}

std::vector<BatchNormStatistics> NetworkPass::Statistics() {
  std::vector<BatchNormStatistics> statistics(network_.operators.size());
  for (int i = 0; i < network_.operator_count(); ++i) {
    Run(i);
    if (slices_[Index(i)].gamma.defined()) {
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
  if (!sum.defined()) {
    sum = values.contiguous();
  } else if (sum.use_count() == 1) {
    sum.add_(values);  // nobody else holds it
  } else {
    sum = sum + values;
  }
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
  if (HasWeights(op.kind)) return BackThroughLayer(i, std::move(gradient), gradients);
  if (IsAppliedByReaders(i)) {
    gradients_[op.inputs[0]] = std::move(gradient);
    return;
  }
  const std::vector<at::Tensor> inputs =
      WeightlessBackward(op, InputsOf(op), maps_[i], gradient.values);
  for (size_t k = 0; k < inputs.size(); ++k) AddGradient(op.inputs[k], inputs[k]);
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
