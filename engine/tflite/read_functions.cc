#include "engine/tflite/read_functions_internal.h"

#include <cmath>
#include <string>
#include <utility>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
constexpr double kMostOfBytes = 0x1p22;  // of differences of bytes

[[noreturn]] void FailScale(float scale) {
  FailTflite("has an input of scale " + std::to_string(scale) + ", outside what fixed point holds");
}

void CheckSoftmax(double beta, double scale) {
  const double multiplier = beta * scale * (1 << 26);
  if (!(multiplier > 1) || !std::isfinite(multiplier))
    FailTflite("has an input of scale " + std::to_string(scale) + " and beta " +
               std::to_string(beta) + ", outside what fixed point holds");
}

// Of LOGISTIC and TANH.
void CheckCurve(float scale) {
  if (!(scale * (1 << 27) > 1) || !(scale < 16)) FailScale(scale);
}

// Of operators whose output has one range whatever the input.
void CheckOutput(const TensorQuantization& output, int steps, int zero_point) {
  if (output == TensorQuantization{1.0f / static_cast<float>(steps), zero_point}) return;
  FailTflite("has an output of scale " + std::to_string(output.scale) + " and zero point " +
                 std::to_string(output.zero_point) + ", expected 1/" + std::to_string(steps) +
                 " and " + std::to_string(zero_point),
             ErrorCode::kUnsupported);
}

void CheckHardSwish(float input, float output) {
  CheckMultiplier(double{input} / output);
  constexpr int kSteps = 32768 / 3;  // of the reluish scale, 3 / 2^15, in one; its size is checked
  CheckMultiplier(double{input} * kSteps);
  const HardSwishConstants c = DeriveHardSwishConstants(input, output);
  if (c.output.exponent > 0 || c.output.exponent < -15 || c.relu.exponent < -15)
    FailTflite("has scales " + std::to_string(input) + " and " + std::to_string(output) +
               ", outside what 16-bit fixed point holds");
}

void CheckLeakyRelu(float alpha, float input, float output) {
  if (!(alpha >= 0) || !std::isfinite(alpha))
    FailTflite("has alpha " + std::to_string(alpha) + "; nearest: 0 or more",
               ErrorCode::kUnsupported);
  CheckMultiplier(double{input / output}, kMostOfBytes);
  CheckMultiplier(double{input * alpha / output}, kMostOfBytes);
}

// TFLite Micro's RELU6 only clamps.
void CheckRequantize(Activation activation, const TensorQuantization& input,
                     const TensorQuantization& output, RoundingMode rounding) {
  if (activation == Activation::kRelu6 && rounding == RoundingMode::kTflm)
    CheckCopies(input, output);
  CheckMultiplier(double{input.scale} / output.scale, kMostOfBytes);
}

}  // namespace

void ReadSoftmax(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  Operator made;
  made.kind = OpKind::kSoftmax;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  p.beta = OptionsOf<schema::SoftmaxOptions>(op).beta();
  CheckSoftmax(p.beta, graph->quantization(value.tensor).scale);
  CheckOutput(p.output, 256, -128);
  made.inputs = {graph->AsShape(value, made.out)};
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadFunction(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const ElementwiseKind function = ElementwiseKindOf(op.code, false);
  Operator made;
  made.kind = function.kind;
  made.activation = function.activation;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  const TensorQuantization input = graph->quantization(value.tensor);
  if (made.kind == OpKind::kLogistic) {
    CheckCurve(input.scale);
    CheckOutput(p.output, 256, -128);
  } else if (made.kind == OpKind::kTanh) {
    CheckCurve(input.scale);
    CheckOutput(p.output, 128, 0);
  } else if (made.kind == OpKind::kHardSwish) {
    CheckHardSwish(input.scale, p.output.scale);
  } else if (made.kind == OpKind::kLeakyRelu) {
    p.alpha = OptionsOf<schema::LeakyReluOptions>(op).alpha();
    CheckLeakyRelu(p.alpha, input.scale, p.output.scale);
  } else {
    MCUNAS_CHECK(made.kind == OpKind::kRequantize, "a function that the reader does not know");
    CheckRequantize(made.activation, input, p.output, graph->rounding());
  }
  made.inputs = {graph->AsShape(value, made.out)};
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

}  // namespace mcunas
