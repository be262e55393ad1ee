// ADD, SUB, MUL, MAXIMUM and MINIMUM, of two tensors or with constants.
#include <algorithm>
#include <string>
#include <utility>

#include "common/check.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/read_operators_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using Code = schema::BuiltinOperator;

Activation FusedActivation(const FileOperator& op) {
  if (op.code == Code::ADD)
    return ReadActivation(OptionsOf<schema::AddOptions>(op).fused_activation_function());
  if (op.code == Code::SUB)
    return ReadActivation(OptionsOf<schema::SubOptions>(op).fused_activation_function());
  if (op.code == Code::MUL)
    return ReadActivation(OptionsOf<schema::MulOptions>(op).fused_activation_function());
  return Activation::kNone;  // has none
}

constexpr double kMostOfProducts = 0x1p14;  // of 17 bits

// The multipliers of both runtimes. MAXIMUM and MINIMUM have none: they compare bytes.
void CheckScales(Code code, const TensorQuantization& first, const TensorQuantization& second,
                 const TensorQuantization& output) {
  if (code == Code::MAXIMUM || code == Code::MINIMUM) {
    CheckCopies(first, output);
    CheckCopies(second, output);
  } else if (code == Code::MUL) {
    CheckMultiplier(double{first.scale * second.scale / output.scale}, kMostOfProducts);
    CheckMultiplier(double{first.scale} * second.scale / output.scale, kMostOfProducts);
  } else {
    MCUNAS_CHECK(code == Code::ADD || code == Code::SUB, "no sum");
    const float larger = std::max(first.scale, second.scale);
    CheckMultiplier(2.0 * larger / ((1 << 20) * double{output.scale}), 1.0);  // TFLite's own law
  }
}

// How many of the constants differ: one, one per channel or one per element.
int64_t CountConstants(const FileTensor& constants, const Shape& shape) {
  const int64_t count = constants.elements();
  const bool per_channel = !constants.dims.empty() && constants.dims.back() == count;
  if (count == 1 || count == shape.elements() || (per_channel && count == shape.channels))
    return count;
  FailTflite("has constants '" + constants.name + "' of " + std::to_string(count) +
                 " elements; nearest: one, one per channel or one per element",
             ErrorCode::kUnsupported);
}

void AppendWithConstants(const FileOperator& op, size_t which, TfliteGraph* graph) {
  const FileTensor& constants = graph->tensor(graph->OperandIndex(op, which));
  const FileValue& value = graph->Operand(op, 1 - which);
  Operator made;
  made.kind = ElementwiseKindOf(op.code, true).kind;
  made.activation = FusedActivation(op);
  made.reversed = op.code == Code::SUB && which == 0;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  made.constants = CountConstants(constants, made.out);
  made.inputs = {graph->AsShape(value, made.out)};
  QuantizedParameters p;
  p.constant = QuantizationOf(constants);
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  if (static_cast<int64_t>(constants.data.size()) != made.constants)
    FailTflite("has constants '" + constants.name + "' of " +
               std::to_string(constants.data.size()) + " bytes, expected " +
               std::to_string(made.constants));
  for (uint8_t byte : constants.data) p.weights.push_back(static_cast<int8_t>(byte));
  CheckScales(op.code, graph->quantization(value.tensor), p.constant, p.output);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

// The operand that repeats comes second.
void AppendPairwise(const FileOperator& op, TfliteGraph* graph) {
  const FileValue *first = &graph->Operand(op, 0), *second = &graph->Operand(op, 1);
  const Shape out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  const bool swapped = ShapeOf(first->dims) != out;
  if (swapped) std::swap(first, second);
  const Shape shape = ShapeOf(second->dims);
  const bool repeats = shape == Shape{1, 1, out.channels} || shape == Shape{1, 1, 1};
  if (ShapeOf(first->dims) != out || (shape != out && !repeats))
    FailTflite(
        "combines tensors of different shapes; nearest: one shape, or one value or one per channel "
        "of one of them",
        ErrorCode::kUnsupported);
  Operator made;
  made.kind = ElementwiseKindOf(op.code, false).kind;
  made.activation = FusedActivation(op);
  made.reversed = op.code == Code::SUB && swapped;
  made.out = out;
  made.broadcast = shape != out;
  made.inputs = {graph->AsShape(*first, out), graph->AsShape(*second, shape)};
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  CheckScales(op.code, graph->quantization(first->tensor), graph->quantization(second->tensor),
              p.output);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

}  // namespace

void ReadPairwise(const FileOperator& op, TfliteGraph* graph) {
  if (op.inputs.size() != 2)
    FailTflite("has " + std::to_string(op.inputs.size()) + " operands, expected 2");
  for (size_t which : {0, 1}) {
    if (graph->tensor(graph->OperandIndex(op, which)).constant())
      return AppendWithConstants(op, which, graph);
  }
  AppendPairwise(op, graph);
}

}  // namespace mcunas
