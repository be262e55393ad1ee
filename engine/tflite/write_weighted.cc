#include "engine/tflite/write_weighted_internal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/check.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/write_context_internal.h"
#include "engine/tflite/write_geometry_internal.h"
#include "engine/tflite/write_windows_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

struct Padded {
  int tensor;
  schema::Padding padding;
};

// The operand of a window operator, behind an explicit PAD where neither SAME nor VALID is our
// padding.
Padded PaddedOperand(WriteContext* to, const Operator& op) {
  const int operand = to->Operand(op, 0);
  if (const std::optional<schema::Padding> builtin = BuiltinPadding(op)) {
    return {operand, *builtin};
  }
  const int bottom = Rows(op).behind(), right = Columns(op).behind();
  Shape shape = op.in;
  shape.height += op.padding.top + bottom;
  shape.width += op.padding.left + right;
  const int padded = to->builder.AddActivation(to->Name("pad"), Dimensions(shape),
                                               to->network.tensor(op.inputs[0]));
  AddPad(to, operand, {op.padding.top, op.padding.left, bottom, right}, padded);
  return {padded, schema::Padding::VALID};
}

// Operand, weights and bias as TFLite orders them.
std::vector<int32_t> WeightedInputs(WriteContext* to, const Operator& op, int operand,
                                    const std::vector<int32_t>& shape, int dimension) {
  const int weights = to->builder.AddWeights(to->Name("weights"), shape, to->Parameters(),
                                             dimension, op.weight_bits);
  const float input_scale = to->network.tensor(op.inputs[0]).scale;
  return {operand, weights, to->builder.AddBias(to->Name("bias"), to->Parameters(), input_scale)};
}

template <typename Options>
void SetStrides(const Operator& op, Options* options) {
  options->stride_h = op.stride.height;
  options->stride_w = op.stride.width;
  options->dilation_h_factor = op.dilation.height;
  options->dilation_w_factor = op.dilation.width;
}

int WriteConv(WriteContext* to, const Operator& op) {
  const Padded source = PaddedOperand(to, op);
  const std::vector<int32_t> inputs =
      WeightedInputs(to, op, source.tensor,
                     {op.out.channels, op.kernel.height, op.kernel.width, op.in.channels}, 0);
  schema::Conv2DOptionsT options;
  options.padding = source.padding;
  SetStrides(op, &options);
  options.fused_activation_function = ActivationCode(op.activation);
  const int output = to->AddOutput(Dimensions(op.out));
  to->builder.AddOperator(schema::BuiltinOperator::CONV_2D, inputs, output, Union(options));
  return output;
}

int WriteDepthwise(WriteContext* to, const Operator& op) {
  const Padded source = PaddedOperand(to, op);
  const std::vector<int32_t> inputs = WeightedInputs(
      to, op, source.tensor, {1, op.kernel.height, op.kernel.width, op.out.channels}, 3);
  schema::DepthwiseConv2DOptionsT options;
  options.padding = source.padding;
  SetStrides(op, &options);
  options.depth_multiplier = op.out.channels / op.in.channels;
  options.fused_activation_function = ActivationCode(op.activation);
  const int output = to->AddOutput(Dimensions(op.out));
  to->builder.AddOperator(schema::BuiltinOperator::DEPTHWISE_CONV_2D, inputs, output,
                          Union(options));
  return output;
}

// Cuts that neither SAME nor VALID makes are a SLICE of what VALID gives.
int WriteTransposeConv(WriteContext* to, const Operator& op) {
  const bool same = Rows(op).IsTransposedSame() && Columns(op).IsTransposedSame();
  Shape shape = op.out;
  if (!same) shape.height = Rows(op).TransposedValid(), shape.width = Columns(op).TransposedValid();
  const bool whole = shape == op.out;
  const std::vector<int32_t> weighted =
      WeightedInputs(to, op, to->Operand(op, 0),
                     {op.out.channels, op.kernel.height, op.kernel.width, op.in.channels}, 0);
  const int size = to->builder.AddIndices(to->Name("shape"), {4}, Dimensions(shape));
  schema::TransposeConvOptionsT options;
  options.padding = same ? schema::Padding::SAME : schema::Padding::VALID;
  options.stride_h = op.stride.height;
  options.stride_w = op.stride.width;
  options.fused_activation_function = ActivationCode(op.activation);
  const int made = whole ? to->AddOutput(Dimensions(shape))
                         : to->builder.AddActivation(to->Name("uncut"), Dimensions(shape),
                                                     to->Parameters().output);
  to->builder.AddOperator(schema::BuiltinOperator::TRANSPOSE_CONV,
                          {size, weighted[1], weighted[0], weighted[2]}, made, Union(options));
  if (whole) return made;
  const int output = to->AddOutput(Dimensions(op.out));
  AddWholeSlice(to, made, {op.padding.top, op.padding.left, 0}, op.out, output);
  return output;
}

// TFLite's fully connected gives [1, n]; only its own kind takes that as input.
bool NeedsFourDimensions(WriteContext* to) {
  const std::vector<Operator>& operators = to->network.network.operators;
  return std::any_of(operators.begin(), operators.end(), [&](const Operator& later) {
    return later.kind != OpKind::kFullyConnected &&
           std::find(later.inputs.begin(), later.inputs.end(), to->index) != later.inputs.end();
  });
}

int WriteFullyConnected(WriteContext* to, const Operator& op) {
  const auto depth = static_cast<int32_t>(op.in.elements());
  const std::vector<int32_t> inputs =
      WeightedInputs(to, op, to->Operand(op, 0), {op.out.channels, depth}, 0);
  schema::FullyConnectedOptionsT options;
  options.fused_activation_function = ActivationCode(op.activation);
  const int output = to->AddOutput({1, op.out.channels});
  to->builder.AddOperator(schema::BuiltinOperator::FULLY_CONNECTED, inputs, output, Union(options));
  if (!NeedsFourDimensions(to)) return output;
  const int reshaped =
      to->builder.AddActivation(to->Name("reshape"), Dimensions(op.out), to->Parameters().output);
  return WriteReshape(to, op.out, output, reshaped);
}

}  // namespace

int WriteWeighted(WriteContext* to, const Operator& op) {
  if (op.kind == OpKind::kDepthwise) return WriteDepthwise(to, op);
  if (op.kind == OpKind::kFullyConnected) return WriteFullyConnected(to, op);
  if (op.kind == OpKind::kTransposeConv) return WriteTransposeConv(to, op);
  MCUNAS_CHECK(op.kind == OpKind::kConv || op.kind == OpKind::kPointwise,
               "an operator that the writer does not know");
  return WriteConv(to, op);
}

}  // namespace mcunas
