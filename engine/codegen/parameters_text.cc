#include "engine/codegen/parameters_text.h"

#include "engine/codegen/text_format.h"

namespace mcunas {

std::string TableName(const GenerationInput& input, const char* what, size_t op) {
  return Format("%s_%s_%zu", input.lower.c_str(), what, op);
}

std::string ParameterLabel(const KernelParameters& p) {
  std::string label = std::to_string(p.op);
  if (p.tile >= 0) label += "_" + std::to_string(p.tile);
  return label;
}

std::string WeightsName(const GenerationInput& input, const KernelParameters& p) {
  return input.lower + "_weights_" + ParameterLabel(p);
}

const char* RoundingText(mcu_rounding rounding) {
  switch (rounding) {
    case MCU_ROUND_DOUBLE:
      return "MCU_ROUND_DOUBLE";
    case MCU_ROUND_SINGLE:
      return "MCU_ROUND_SINGLE";
    case MCU_ROUND_DOUBLE_FAST:
      return "MCU_ROUND_DOUBLE_FAST";
    case MCU_ROUND_RELU_FAST:
      return "MCU_ROUND_RELU_FAST";
    case MCU_ROUND_SINGLE_FAST:
      break;
  }
  return "MCU_ROUND_SINGLE_FAST";
}

std::string FactorText(FoldedFactor factor) {
  return Format("{%d, %d}", factor.multiplier, factor.right_shift);
}

namespace {

std::string ReachText(int kernel, int stride, int before, int dilation) {
  return Format("{%d, %d, %d, %d}", kernel, stride, before, dilation);
}

}  // namespace

// Fully connected sees its input as one long pixel.
std::string WindowText(const Operator& op, const KernelParameters& p) {
  if (op.kind == OpKind::kFullyConnected) {
    return Format("{1, %lld, %d, %d, {1, 1, 0, 1}, {1, 1, 0, 1}}",
                  static_cast<long long>(op.in.elements()), op.out.channels, op.out.channels);
  }
  int in_channels = op.in.channels, out_channels = op.out.channels;
  if (p.tile >= 0) {
    out_channels = p.slice.out_end - p.slice.out_begin;
    in_channels = op.kind == OpKind::kDepthwise ? out_channels : p.slice.in_end - p.slice.in_begin;
  }
  return Format(
      "{%d, %d, %d, %d, %s, %s}", op.in.width, in_channels, out_channels, out_channels,
      ReachText(op.kernel.height, op.stride.height, op.padding.top, op.dilation.height).c_str(),
      ReachText(op.kernel.width, op.stride.width, op.padding.left, op.dilation.width).c_str());
}

ClampedOperator ClampedOperatorOf(const GenerationInput& input, const KernelParameters& p) {
  const Operator& op = input.network.network.op(p.op);
  const QuantizedParameters& parameters = input.network.parameters_of(p.op);
  return {op, parameters, ActivationClamp(op.activation, parameters.output)};
}

}  // namespace mcunas
