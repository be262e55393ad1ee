#include "supernet/internal/ops.h"

#include <string>

#include "common/check.h"

namespace mcunas {
namespace {

// ATen's [N,C,H,W] with channels_last strides is our [N,H,W,C] under another name: no copies.
at::Tensor AsNchw(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}); }
at::Tensor AsNhwc(const at::Tensor& nchw) { return nchw.permute({0, 2, 3, 1}); }

at::Tensor WeightAsNchw(const Operator& op, const at::Tensor& weight) {
  switch (op.kind) {
    case OpKind::kDepthwise:
      return weight.permute({2, 0, 1}).unsqueeze(1);
    case OpKind::kPointwise:
      return weight.unsqueeze(2).unsqueeze(3);
    default:
      return AsNchw(weight);
  }
}

}  // namespace

at::Tensor Convolve(const Operator& op, const at::Tensor& input, const at::Tensor& weight,
                    const at::Tensor& bias) {
  MCUNAS_CHECK(op.padding.top == op.padding.bottom && op.padding.left == op.padding.right &&
                   op.dilation == 1,
               "a window of no search space");
  const int64_t groups = op.kind == OpKind::kDepthwise ? op.in.channels : 1;
  const auto optional_bias = bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt;
  return AsNhwc(at::conv2d(AsNchw(input), WeightAsNchw(op, weight), optional_bias,
                           {op.stride.height, op.stride.width}, {op.padding.top, op.padding.left},
                           1, groups));
}

at::Tensor Activate(at::Tensor input, Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return input;
    case Activation::kRelu:
      return at::relu(input);
    case Activation::kRelu6:
      return at::hardtanh(input, 0, 6);
    case Activation::kReluN1To1:
      return at::hardtanh(input, -1, 1);
  }
  MCUNAS_CHECK(false, "an activation that nobody computes");
  return {};
}

at::Tensor ActivateBackward(const at::Tensor& gradient, const at::Tensor& output,
                            Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return gradient;
    case Activation::kRelu:
      return at::threshold_backward(gradient, output, 0);
    case Activation::kRelu6:
      return at::hardtanh_backward(gradient, output, 0, 6);
    case Activation::kReluN1To1:
      return at::hardtanh_backward(gradient, output, -1, 1);
  }
  MCUNAS_CHECK(false, "an activation that nobody computes");
  return {};
}

at::Tensor BatchNormActivation(const at::Tensor& input, const at::Tensor& gamma,
                               const at::Tensor& beta, Activation activation) {
  const at::Tensor normal = at::batch_norm(AsNchw(input), gamma, beta, {}, {}, /*training=*/true,
                                           /*momentum=*/0, kBatchNormEpsilon, false);
  return Activate(AsNhwc(normal), activation);
}

at::Tensor WithoutWeights(const Operator& op, const std::vector<at::Tensor>& inputs) {
  switch (op.kind) {
    case OpKind::kAdd:
      return Activate(inputs[0] + inputs[1], op.activation);
    case OpKind::kMultiply:
      return Activate(inputs[0] * inputs[1], op.activation);
    case OpKind::kGlobalAveragePool:
      return inputs[0].mean({1, 2}, /*keepdim=*/true);
    case OpKind::kHardSwish:
      return at::hardswish(inputs[0]);
    case OpKind::kLogistic:
      return at::sigmoid(inputs[0]);
    default:
      MCUNAS_CHECK(false, std::string("no search space has the operator ") + OpName(op.kind));
      return {};
  }
}

}  // namespace mcunas
