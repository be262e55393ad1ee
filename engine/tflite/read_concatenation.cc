#include "engine/tflite/read_concatenation_internal.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// Whether all elements before dimension `axis` are one.
bool IsOutermost(const std::vector<int>& dims, int axis) {
  return std::all_of(dims.begin(), dims.begin() + axis, [](int size) { return size == 1; });
}

// Kernels take so many operands at most.
constexpr size_t kMostOperands = 8;

// Joins neighbours until few enough are left.
void JoinInStages(const QuantizedParameters& p, TfliteGraph* graph, std::vector<int>* tensors) {
  while (tensors->size() > kMostOperands) {
    std::vector<int> joined;
    for (size_t first = 0; first < tensors->size(); first += kMostOperands) {
      const size_t end = std::min(tensors->size(), first + kMostOperands);
      if (end - first == 1) {
        joined.push_back((*tensors)[first]);
        continue;
      }
      Operator part;
      part.kind = OpKind::kConcatenation;
      part.inputs.assign(tensors->begin() + static_cast<std::ptrdiff_t>(first),
                         tensors->begin() + static_cast<std::ptrdiff_t>(end));
      part.out = graph->shape(part.inputs[0]);
      part.out.channels = 0;
      for (int tensor : part.inputs) part.out.channels += graph->shape(tensor).channels;
      joined.push_back(graph->Append(std::move(part), p, -1));
    }
    *tensors = std::move(joined);
  }
}

}  // namespace

void ReadConcatenation(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::ConcatenationOptions>(op);
  if (ReadActivation(options.fused_activation_function()) != Activation::kNone)
    FailTflite("has a fused activation", ErrorCode::kUnsupported);
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  const int rank = static_cast<int>(output.dims.size());
  const int axis = options.axis() < 0 ? options.axis() + rank : options.axis();
  if (axis < 0 || axis >= rank)
    FailTflite("joins along axis " + std::to_string(options.axis()) + " of " +
               std::to_string(rank));
  // With nothing before the axis the bytes are simply one after the other.
  const bool flat = IsOutermost(output.dims, axis);
  if (!flat && axis != rank - 1)
    FailTflite("joins along axis " + std::to_string(axis) + "; nearest: along the channels",
               ErrorCode::kUnsupported);
  Operator made;
  made.kind = OpKind::kConcatenation;
  QuantizedParameters p;
  p.output = QuantizationOf(output);
  made.out = flat ? Shape{1, 1, static_cast<int>(output.elements())} : ShapeOf(output.dims);
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const FileValue& value = graph->Operand(op, i);
    Shape shape = ShapeOf(value.dims);
    if (flat) shape = {1, 1, static_cast<int>(shape.elements())};
    made.inputs.push_back(graph->AsShape(value, shape));
    CheckCopies(graph->quantization(value.tensor), p.output);
  }
  if (made.inputs.empty()) FailTflite("has no operands");
  if (made.inputs.size() == 1) made.kind = OpKind::kReshape;
  JoinInStages(p, graph, &made.inputs);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

}  // namespace mcunas
