#include "supernet/internal/weightless.h"

#include "common/check.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

// The gradient of an operand that may have been repeated for every pixel.
at::Tensor AsOperand(const at::Tensor& gradient, const FeatureMap& operand) {
  return gradient.sum_to_size(operand.values.sizes());
}

// work(first element, image) for every image, spread over threads.
template <typename Work>
void ForEachImage(const FeatureMap& map, const Work& work) {
  const ImageParts parts(map.values);
  parts.ForEach(0, [&](int64_t part, float*) {
    for (int64_t i = parts.first(part); i < parts.first(part) + parts.size(part); ++i) {
      work(i * map.image_size(), i);
    }
  });
}

MapRows ImageRows(const FeatureMap& map) {
  return {map.values.size(1) * map.values.size(2), map.channels()};
}

// Whether an operator is a map times one value per image and channel.
bool IsGate(const Operator& op) {
  return op.kind == OpKind::kMultiply && op.activation == Activation::kNone && op.broadcast;
}

// As many values as the map has channels; a gate may be one for all of them.
at::Tensor GateOf(const FeatureMap& gate, int channels) {
  return Materialise(gate).expand({gate.values.size(0), 1, 1, channels}).contiguous();
}

at::Tensor Gated(const FeatureMap& map, const at::Tensor& gate) {
  at::Tensor result = at::empty_like(map.values);
  float* y = result.data_ptr<float>();
  const float* gates = gate.data_ptr<float>();
  const LazyMap lazy = map.Lazy();
  ForEachImage(map, [&](int64_t at, int64_t image) {
    Kernels().gate_map(ImageRows(map), At(lazy, at), gates + image * map.channels(), y + at);
  });
  return result;
}

// Of the map and of the gate.
std::vector<at::Tensor> GateGradients(const FeatureMap& map, const at::Tensor& gate,
                                      const at::Tensor& gradient) {
  at::Tensor din = at::empty_like(map.values), dgate = at::empty_like(gate);
  const LazyMap lazy = map.Lazy();
  ForEachImage(map, [&](int64_t at, int64_t image) {
    const int64_t channel = image * map.channels();
    Kernels().gate_gradient({ImageRows(map), At(lazy, at), gradient.data_ptr<float>() + at,
                             gate.data_ptr<float>() + channel, din.data_ptr<float>() + at,
                             dgate.data_ptr<float>() + channel});
  });
  return {din, dgate};
}

}  // namespace

bool IsWeightless(OpKind kind) {
  return kind == OpKind::kAdd || kind == OpKind::kMultiply || kind == OpKind::kHardSwish ||
         kind == OpKind::kGlobalAveragePool || kind == OpKind::kLogistic;
}

FeatureMap WeightlessForward(const Operator& op, const std::vector<const FeatureMap*>& inputs) {
  if (op.kind == OpKind::kAdd && !op.broadcast) {
    return PlainMap(Activate(Materialise(*inputs[0], *inputs[1]), op.activation));
  }
  if (IsGate(op)) return PlainMap(Gated(*inputs[0], GateOf(*inputs[1], inputs[0]->channels())));
  std::vector<at::Tensor> seen;
  for (const FeatureMap* input : inputs) seen.push_back(Materialise(*input));
  return PlainMap(WithoutWeights(op, seen));
}

std::vector<at::Tensor> WeightlessBackward(const Operator& op,
                                           const std::vector<const FeatureMap*>& inputs,
                                           const FeatureMap& out, const at::Tensor& gradient) {
  const FeatureMap& in = *inputs[0];
  if (IsGate(op)) {
    const std::vector<at::Tensor> gradients =
        GateGradients(in, GateOf(*inputs[1], in.channels()), gradient);
    return {gradients[0], AsOperand(gradients[1], *inputs[1])};
  }
  const auto pixels = static_cast<double>(in.values.size(1) * in.values.size(2));
  const at::Tensor passed = ActivateBackward(gradient, out.values, op.activation);
  switch (op.kind) {
    case OpKind::kAdd:
      if (!op.broadcast) return {passed, passed};
      return {passed, AsOperand(passed, *inputs[1])};
    case OpKind::kMultiply:
      return {passed * Materialise(*inputs[1]), AsOperand(passed * Materialise(in), *inputs[1])};
    case OpKind::kGlobalAveragePool:
      return {(passed / pixels).expand(in.values.sizes())};
    case OpKind::kHardSwish:
      return {at::hardswish_backward(passed, Materialise(in))};
    case OpKind::kLogistic:
      return {at::sigmoid_backward(passed, out.values)};
    default:
      MCUNAS_CHECK(false, "an operator that is not weightless");
      return {};
  }
}

}  // namespace mcunas
