#include "engine/tflite/read_pairwise_internal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/check.h"
#include "engine/tflite/operator_codes_internal.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

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
constexpr double kMostOfBytes = 0x1p22;     // of differences of bytes

// The multipliers of both runtimes. MAXIMUM and MINIMUM have none: they compare bytes.
void CheckScales(Code code, const TensorQuantization& first, const TensorQuantization& second,
                 const TensorQuantization& output) {
  if (code == Code::MAXIMUM || code == Code::MINIMUM) {
    CheckCopies(first, output);
    CheckCopies(second, output);
  } else if (code == Code::MUL || code == Code::PRELU) {
    if (code == Code::PRELU) CheckMultiplier(double{first.scale} / output.scale, kMostOfBytes);
    CheckMultiplier(double{first.scale * second.scale / output.scale}, kMostOfProducts);
    CheckMultiplier(double{first.scale} * second.scale / output.scale, kMostOfProducts);
  } else {
    MCUNAS_CHECK(code == Code::ADD || code == Code::SUB, "no sum");
    const float larger = std::max(first.scale, second.scale);
    CheckMultiplier(2.0 * larger / ((1 << 20) * double{output.scale}), 1.0);  // TFLite's own law
  }
}

// How many of the constants differ: one, one per channel or, of most kinds, one per element.
int64_t CountConstants(OpKind kind, const FileTensor& constants, const Shape& shape) {
  const int64_t count = constants.elements();
  const std::vector<int64_t> legal = ConstantCounts(kind, shape);
  const bool alike = count == 1 || count == shape.elements() ||
                     (!constants.dims.empty() && constants.dims.back() == count);
  if (alike && std::find(legal.begin(), legal.end(), count) != legal.end()) return count;
  const bool per_element = legal.size() > 2;
  FailTflite("has constants '" + constants.name + "' of " + std::to_string(count) +
                 " elements; nearest: one" +
                 (per_element ? ", one per channel or one per element" : " or one per channel"),
             ErrorCode::kUnsupported);
}

void AppendWithConstants(const FileOperator& op, size_t which, TfliteGraph* graph) {
  if (op.code == Code::PRELU && which == 0)
    FailTflite("has a constant input; nearest: constant alphas", ErrorCode::kUnsupported);
  const FileTensor& constants = graph->tensor(graph->OperandIndex(op, which));
  const FileValue& value = graph->Operand(op, 1 - which);
  Operator made;
  made.kind = ElementwiseKindOf(op.code, true).kind;
  made.activation = FusedActivation(op);
  made.reversed = op.code == Code::SUB && which == 0;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  made.constants = CountConstants(made.kind, constants, made.out);
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
  if (op.code == Code::PRELU)
    FailTflite("has alphas that are computed; nearest: constant ones", ErrorCode::kUnsupported);
  AppendPairwise(op, graph);
}

}  // namespace mcunas
