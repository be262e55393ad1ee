// CONCATENATION and RESIZE_NEAREST_NEIGHBOR.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/tflite/read_operators_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// Whether all elements before dimension `axis` are one.
bool IsOutermost(const std::vector<int>& dims, int axis) {
  return std::all_of(dims.begin(), dims.begin() + axis, [](int size) { return size == 1; });
}

// Checks TFLite's rule of the nearest pixel along one axis, flags included.
void CheckNearest(const schema::ResizeNearestNeighborOptions* options, int in, int out) {
  const bool corners = options != nullptr && options->align_corners();
  const bool centres = options != nullptr && options->half_pixel_centers();
  const float scale = corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                         : static_cast<float>(in) / static_cast<float>(out);
  const int factor = out / in;
  for (int i = 0; i < out; ++i) {
    const float position = (static_cast<float>(i) + (centres ? 0.5f : 0.0f)) * scale;
    const int nearest = static_cast<int>(corners ? std::round(position) : std::floor(position));
    if (std::clamp(nearest, 0, in - 1) != i / factor)
      FailTflite("does not repeat every pixel equally often; nearest: without align_corners",
                 ErrorCode::kUnsupported);
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
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadResizeNearest(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const Shape in = ShapeOf(value.dims), out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  if (out.height % in.height != 0 || out.width % in.width != 0)
    FailTflite("resizes by no whole factor; nearest: a multiple of height and width",
               ErrorCode::kUnsupported);
  if (out.height > kMaxSide || out.width > kMaxSide)
    FailTflite("makes a side over " + std::to_string(kMaxSide));
  const auto* options = op.table->builtin_options_as<schema::ResizeNearestNeighborOptions>();
  CheckNearest(options, in.height, out.height);
  CheckNearest(options, in.width, out.width);
  Operator made;
  made.kind = OpKind::kResizeNearest;
  made.inputs = {graph->AsShape(value, in)};
  made.out = out;
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  CheckCopies(graph->quantization(value.tensor), p.output);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

}  // namespace mcunas
