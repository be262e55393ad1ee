#include "supernet/internal/weightless.h"

#include "common/check.h"
#include "supernet/internal/ops.h"

namespace mcunas {
namespace {

// The gradient of an operand that may have been repeated for every pixel.
at::Tensor AsOperand(const at::Tensor& gradient, const FeatureMap& operand) {
  return gradient.sum_to_size(operand.values.sizes());
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
  std::vector<at::Tensor> seen;
  for (const FeatureMap* input : inputs) seen.push_back(Materialise(*input));
  return PlainMap(WithoutWeights(op, seen));
}

std::vector<at::Tensor> WeightlessBackward(const Operator& op,
                                           const std::vector<const FeatureMap*>& inputs,
                                           const FeatureMap& out, const at::Tensor& gradient) {
  const FeatureMap& in = *inputs[0];
  const auto pixels = static_cast<double>(in.values.size(1) * in.values.size(2));
  const at::Tensor passed = ActivateBackward(gradient, out.values, op.activation);
  switch (op.kind) {
    case OpKind::kAdd:
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
