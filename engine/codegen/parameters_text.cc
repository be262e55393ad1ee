#include "engine/codegen/parameters_text.h"

#include "engine/arithmetic/requantization.h"
#include "engine/codegen/pack_weights.h"
#include "engine/codegen/text_format.h"
#include "network/resize.h"

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

namespace {

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

std::string ReachText(int kernel, int stride, int before, int dilation) {
  return Format("{%d, %d, %d, %d}", kernel, stride, before, dilation);
}

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

std::string WeightedText(const GenerationInput& input, const KernelParameters& p, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = q.network.operators[i];
  // The tables of a run begin at its first output channel.
  const auto table = [&](const char* what) {
    const std::string name = TableName(input, what, i);
    const int begin = p.tile < 0 ? 0 : p.slice.out_begin;
    return begin == 0 ? name : name + " + " + std::to_string(begin);
  };
  const std::string weighted =
      Format("{\n    %s, %d, %s,\n    {%s, %s, %s, %d, %d, %d, %s}}", WindowText(op, p).c_str(),
             q.tensor(op.inputs[0]).zero_point, WeightsName(input, p).c_str(),
             p.adds_bias ? table("bias").c_str() : "NULL", table("multiplier").c_str(),
             table("shift").c_str(), q.parameters[i].output.zero_point, clamp.low, clamp.high,
             RoundingText(input.constants[i].rounding));
  const std::string label = ParameterLabel(p);
  if (op.weight_bits == 8 || op.kind == OpKind::kFullyConnected)
    return Format("static const struct mcu_weighted op_%s = %s;\n", label.c_str(),
                  weighted.c_str());
  const PackedBlock block = PackedBlockOf(op);
  return Format("static const struct mcu_packed op_%s = {%s,\n    %s, %d, %d, %d};\n",
                label.c_str(), weighted.c_str(), PackedKernelName(op), block.channels, block.values,
                op.kind == OpKind::kDepthwise ? op.out.channels / op.in.channels : 0);
}

std::string FactorText(FoldedFactor factor) {
  return Format("{%d, %d}", factor.multiplier, factor.right_shift);
}

// "struct mcu_addition NAME" of operator i.
std::string AdditionText(const GenerationInput& input, size_t i, const std::string& name) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, q.parameters[i].output);
  const FoldedAddition add = FoldAddition(q, static_cast<int>(i));
  return Format(
      "static const struct mcu_addition %s = {\n    %d, %d, %d, %d, %d, %d, %d, %d, %s, %s, %s,\n"
      "    %d, %d, %d};\n",
      name.c_str(), op.out.channels, q.tensor(op.inputs[0]).zero_point,
      SecondOperand(q, static_cast<int>(i)).zero_point, q.parameters[i].output.zero_point,
      clamp.low, clamp.high, add.first_sign, add.second_sign, FactorText(add.first).c_str(),
      FactorText(add.second).c_str(), FactorText(add.output).c_str(), add.first_slope,
      add.second_slope, add.offset);
}

std::string ProductText(const GenerationInput& input, size_t i, const std::string& name) {
  const QuantizedNetwork& q = input.network;
  const Operator& op = q.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, q.parameters[i].output);
  const FoldedProduct product = FoldProduct(q, static_cast<int>(i));
  return Format("static const struct mcu_product %s = {\n    %d, %d, %d, %d, %d, %d, %s, %s};\n",
                name.c_str(), op.out.channels, q.tensor(op.inputs[0]).zero_point,
                SecondOperand(q, static_cast<int>(i)).zero_point, q.parameters[i].output.zero_point,
                clamp.low, clamp.high, RoundingText(product.rounding),
                FactorText(product.factor).c_str());
}

std::string ExtremumText(const GenerationInput& input, size_t i, const std::string& name) {
  const Operator& op = input.network.network.operators[i];
  const bool largest = op.kind == OpKind::kMaximum || op.kind == OpKind::kMaximumConstant;
  return Format("static const struct mcu_extremum %s = {%d, %d};\n", name.c_str(), op.out.channels,
                largest ? 1 : 0);
}

// Of operators on two, of tensors or with constants.
std::string PairText(const GenerationInput& input, size_t i, const std::string& name) {
  switch (input.network.network.operators[i].kind) {
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return ProductText(input, i, name);
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return ExtremumText(input, i, name);
    default:
      return AdditionText(input, i, name);
  }
}

const char* PairKernel(OpKind kind) {
  switch (kind) {
    case OpKind::kMultiplyConstant:
      return "mcu_multiply";
    case OpKind::kMaximumConstant:
    case OpKind::kMinimumConstant:
      return "mcu_extreme";
    default:
      return "mcu_add";
  }
}

std::string LookupText(const GenerationInput& input, size_t i) {
  return Format("static const struct mcu_lookup op_%zu = {%d, %s};\n", i,
                input.network.network.operators[i].in.channels,
                TableName(input, "lookup", i).c_str());
}

// The constants as a map of one pixel or of all.
std::string ConstantsText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  const std::string inner = Format("inner_%zu", i);
  const bool whole = op.constants != op.in.channels;
  return PairText(input, i, inner) +
         Format(
             "static const struct mcu_with_constants op_%zu = {\n    %s, &%s, {%s, %d, %d, %d, "
             "%d, 0}};\n",
             i, PairKernel(op.kind), inner.c_str(), TableName(input, "constants", i).c_str(),
             op.in.channels, whole ? op.in.height * op.in.width : 1, whole ? op.in.width : 0,
             op.in.height);
}

std::string PoolingText(const GenerationInput& input, const KernelParameters& p, Clamp clamp) {
  const QuantizedNetwork& q = input.network;
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = q.network.operators[i];
  const QuantizedParameters& parameters = q.parameters[i];
  const FoldedProduct mean = parameters.mean ? FoldMean(q, p.op) : FoldedProduct{};
  const char* arithmetic = !parameters.mean                         ? "MCU_DIVIDE"
                           : mean.rounding == MCU_ROUND_DOUBLE_FAST ? "MCU_MEAN_FAST"
                                                                    : "MCU_MEAN";
  return Format("static const struct mcu_pooling op_%zu = {\n    %s, %d, %d, %s, %d, %d, %s};\n", i,
                WindowText(op, p).c_str(), clamp.low, clamp.high, arithmetic,
                q.tensor(op.inputs[0]).zero_point, parameters.output.zero_point,
                FactorText(mean.factor).c_str());
}

std::string PlaceText(const ResizeAxis& axis) {
  const BilinearScale place = BilinearScaleOf(axis);
  return Format("{%d, %d}", place.scale, place.offset);
}

// Of slices, pads and bilinear resizes.
std::string GeometryText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  if (op.kind == OpKind::kSlice)
    return Format("static const struct mcu_slicing op_%zu = {%d, %d, %d, %d, %d, %d};\n", i,
                  op.out.channels, op.corner.channel, op.corner.row, op.corner.column,
                  op.stride.height, op.stride.width);
  if (op.kind == OpKind::kPad)
    return Format("static const struct mcu_framing op_%zu = {%d, %d, %d, %d, %d};\n", i,
                  op.in.channels, op.in.width, op.padding.top, op.padding.left,
                  input.network.tensor(op.inputs[0]).zero_point);
  return Format("static const struct mcu_bilinear op_%zu = {%d, %d, %s, %s};\n", i, op.in.channels,
                op.in.width, PlaceText(ResizeRows(op)).c_str(),
                PlaceText(ResizeColumns(op)).c_str());
}

// Of the kernels that only move bytes, and of softmax.
std::string CopyText(const GenerationInput& input, size_t i) {
  const Operator& op = input.network.network.operators[i];
  switch (op.kind) {
    case OpKind::kResizeNearest:
      if (!ResizesEvenly(op))
        return Format("static const struct mcu_picking op_%zu = {%d, %s, %s};\n", i, op.in.channels,
                      TableName(input, "rows", i).c_str(), TableName(input, "columns", i).c_str());
      return Format("static const struct mcu_resizing op_%zu = {%d, %d, %d};\n", i, op.in.channels,
                    op.out.height / op.in.height, op.out.width / op.in.width);
    case OpKind::kConcatenation:
      return Format("static const struct mcu_concatenation op_%zu = {%zu};\n", i, op.inputs.size());
    case OpKind::kReshape:
      return Format("static const struct mcu_reshaping op_%zu = {%d, %d};\n", i, op.out.channels,
                    op.out.width);
    default:
      return Format("static const struct mcu_softmax_table op_%zu = {%d, %s};\n", i, op.in.channels,
                    TableName(input, "exponentials", i).c_str());
  }
}

}  // namespace

std::string ParametersText(const GenerationInput& input, const KernelParameters& p) {
  const size_t i = static_cast<size_t>(p.op);
  const Operator& op = input.network.network.operators[i];
  const Clamp clamp = ActivationClamp(op.activation, input.network.parameters[i].output);
  if (HasWeights(op.kind)) return WeightedText(input, p, clamp);
  if (IsFunctionOfByte(op)) return LookupText(input, i);
  if (HasConstants(op.kind)) return ConstantsText(input, i);
  if (IsPairwise(op.kind)) return PairText(input, i, Format("op_%zu", i));
  switch (op.kind) {
    case OpKind::kSlice:
    case OpKind::kPad:
    case OpKind::kResizeBilinear:
      return GeometryText(input, i);
    case OpKind::kAveragePool:
    case OpKind::kGlobalAveragePool:
    case OpKind::kMaxPool:
      return PoolingText(input, p, clamp);
    default:
      return CopyText(input, i);
  }
}

}  // namespace mcunas
