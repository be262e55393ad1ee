#include "engine/tflite/read_windows_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "common/index.h"
#include "engine/arithmetic/requantization.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/read_weights_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

constexpr int64_t kMaxMeanCount = int64_t{1} << 23;  // sums of int8 then stay inside int32

// One axis of a window before its padding is known.
struct WindowAxis {
  int kernel, stride, dilation;
};

int CheckedSize(int value, int limit, const char* what) {
  if (value < 1 || value > limit)
    FailTflite(std::string(what) + " " + std::to_string(value) + " is outside 1.." +
               std::to_string(limit));
  return value;
}

WindowAxis CheckedAxis(int kernel, int stride, int dilation) {
  return {CheckedSize(kernel, kMaxKernel, "kernel"), CheckedSize(stride, kMaxSide, "stride"),
          CheckedSize(dilation, kMaxKernel, "dilation")};
}

struct Sides {
  int before = 0, after = 0;
};

// TFLite's SAME: output ceil(size / stride), the smaller half of the padding first.
Sides SamePadding(const WindowAxis& axis, int64_t size) {
  const int64_t out = (size + axis.stride - 1) / axis.stride;
  const int64_t span = int64_t{axis.kernel - 1} * axis.dilation + 1;
  const int64_t total = std::max<int64_t>(0, (out - 1) * axis.stride + span - size);
  return {static_cast<int>(total / 2), static_cast<int>(total - total / 2)};
}

// Sets the window of `op`, which reads a map of (explicitly padded) size `padded`.
void SetWindow(const WindowAxis& rows, const WindowAxis& columns, schema::Padding padding,
               const Shape& padded, Operator* op) {
  op->kernel = {rows.kernel, columns.kernel};
  op->stride = {rows.stride, columns.stride};
  op->dilation = {rows.dilation, columns.dilation};
  if (padding == schema::Padding::VALID) return;
  if (padding != schema::Padding::SAME) FailTflite("has a padding other than SAME and VALID");
  const Sides vertical = SamePadding(rows, padded.height);
  const Sides horizontal = SamePadding(columns, padded.width);
  op->padding = {vertical.before, horizontal.before, vertical.after, horizontal.after};
}

// Padding behind the map that no window needs is a matter of taste: as much as before it, where
// that changes nothing, so that networks written and read again are equal.
void EvenOutPadding(const Shape& in, Operator* op) {
  const auto outputs = [](int size, int before, int after, int kernel, int dilation, int stride) {
    const int positions = size + before + after - (kernel - 1) * dilation - 1;
    return positions < 0 ? -1 : positions / stride;
  };
  Padding& p = op->padding;
  const auto rows = [&](int after) {
    return outputs(in.height, p.top, after, op->kernel.height, op->dilation.height,
                   op->stride.height);
  };
  const auto columns = [&](int after) {
    return outputs(in.width, p.left, after, op->kernel.width, op->dilation.width, op->stride.width);
  };
  if (rows(p.top) == rows(p.bottom)) p.bottom = p.top;
  if (columns(p.left) == columns(p.right)) p.right = p.left;
}

// Adds the padding of an explicit PAD and returns the shape of the map inside it.
Shape FoldPad(const FileValue& value, const Shape& padded, Operator* op) {
  const Padding& p = value.padding;
  op->padding = {op->padding.top + p.top, op->padding.left + p.left, op->padding.bottom + p.bottom,
                 op->padding.right + p.right};
  const Shape in = {padded.height - p.top - p.bottom, padded.width - p.left - p.right,
                    padded.channels};
  EvenOutPadding(in, op);
  return in;
}

// Whether each side of the padding stays below the window, as padding of a window must.
bool StaysBelowWindow(const Operator& op) {
  const Padding& p = op.padding;
  const int rows = (op.kernel.height - 1) * op.dilation.height;
  const int columns = (op.kernel.width - 1) * op.dilation.width;
  return p.top <= rows && p.bottom <= rows && p.left <= columns && p.right <= columns;
}

// Sets window and input of an operator whose input may come out of a PAD, which becomes part of the
// window where it fits in.
void PlaceWindow(const FileOperator& op, const WindowAxis& rows, const WindowAxis& columns,
                 schema::Padding padding, TfliteGraph* graph, Operator* made) {
  const FileValue value = graph->PaddedOperand(op, 0);
  if (!InOrder(value)) graph->Operand(op, 0);  // refuses it
  const Shape padded = ShapeOf(value.dims);
  SetWindow(rows, columns, padding, padded, made);
  const Operator unfolded = *made;
  const Shape in = FoldPad(value, padded, made);
  if (value.padding == 0 || StaysBelowWindow(*made)) {
    made->inputs = {graph->AsShape(value, in)};
    return;
  }
  *made = unfolded;
  made->inputs = {graph->AsShape(graph->Operand(op, 0), padded)};
}

// Sets window, input and output shape of a convolution between SPACE_TO_BATCH_ND and
// BATCH_TO_SPACE_ND, which together are a dilated one. Returns the latter.
const FileOperator& PlaceDilated(const FileOperator& op, const WindowAxis& rows,
                                 const WindowAxis& columns, schema::Padding padding,
                                 TfliteGraph* graph, Operator* made) {
  const FileValue value = graph->Value(graph->OperandIndex(op, 0));
  const FileOperator* end = graph->OnlyReader(OnlyOutput(op));
  if (value.convolved || end == nullptr || end->code != schema::BuiltinOperator::BATCH_TO_SPACE_ND)
    FailTflite(
        "reads SPACE_TO_BATCH_ND but no BATCH_TO_SPACE_ND alone reads it; nearest: a dilated "
        "convolution",
        ErrorCode::kUnsupported);
  if (rows.stride != 1 || columns.stride != 1 || rows.dilation != 1 || columns.dilation != 1)
    FailTflite("has a stride or dilation behind SPACE_TO_BATCH_ND; nearest: a dilated convolution",
               ErrorCode::kUnsupported);
  const std::vector<int32_t> blocks = ReadIndices(*end, 1, *graph);
  const std::vector<int32_t> crops = ReadIndices(*end, 2, *graph);
  if (blocks != std::vector<int32_t>{value.blocks.height, value.blocks.width} || crops.size() != 4)
    FailTflite("stands between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND of different blocks",
               ErrorCode::kUnsupported);
  for (int32_t crop : crops)
    if (crop < 0 || crop > kMaxSide) FailTflite("is cropped by " + std::to_string(crop));
  Operator phase;  // what one of the batches goes through
  SetWindow(rows, columns, padding, {value.dims[1], value.dims[2], 1}, &phase);
  made->kernel = phase.kernel;
  made->dilation = value.blocks;
  const Padding& p = value.padding;
  made->padding = {p.top + value.blocks.height * phase.padding.top - crops[0],
                   p.left + value.blocks.width * phase.padding.left - crops[2],
                   p.bottom + value.blocks.height * phase.padding.bottom - crops[1],
                   p.right + value.blocks.width * phase.padding.right - crops[3]};
  const Shape in = {value.dims[1] * value.blocks.height - p.top - p.bottom,
                    value.dims[2] * value.blocks.width - p.left - p.right, value.dims[3]};
  made->inputs = {graph->AsShape(value, in)};
  made->out = ShapeOf(graph->tensor(OnlyOutput(*end)).dims);
  if (made->kind == OpKind::kConv && made->kernel == 1 && made->padding == 0) {
    made->kind = OpKind::kPointwise;
    made->dilation = {};
  }
  return *end;
}

void CheckChannels(const Operator& made, int weights) {
  if (made.out.channels != weights)
    FailTflite("has " + std::to_string(made.out.channels) + " output channels, but weights of " +
               std::to_string(weights));
}

// Appends a window operator with weights; `channels` is where they stand in the weights' shape.
template <typename Options>
void AppendConvolution(const FileOperator& op, Operator made, const std::vector<int>& weights,
                       int dimension, TfliteGraph* graph) {
  const Options& options = OptionsOf<Options>(op);
  const WindowAxis rows = CheckedAxis(weights[1], options.stride_h(), options.dilation_h_factor());
  const WindowAxis columns =
      CheckedAxis(weights[2], options.stride_w(), options.dilation_w_factor());
  made.activation = ReadActivation(options.fused_activation_function());
  made.weight_bits = WeightBits(op, *graph);
  if (graph->Value(graph->OperandIndex(op, 0)).blocks != 1) {
    const FileOperator& end = PlaceDilated(op, rows, columns, options.padding(), graph, &made);
    CheckChannels(made, weights[Index(dimension)]);
    QuantizedParameters p = ReadWeighted(op, made, dimension, *graph);
    if (!(p.output == QuantizationOf(graph->tensor(OnlyOutput(end)))))
      FailTflite("has another scale than its BATCH_TO_SPACE_ND", ErrorCode::kUnsupported);
    FileValue result;
    result.blocks = graph->Value(graph->OperandIndex(op, 0)).blocks;
    result.convolved = true;
    result.dims = graph->tensor(OnlyOutput(op)).dims;
    result.tensor = graph->Append(std::move(made), std::move(p), -1);
    return graph->Define(OnlyOutput(op), std::move(result));
  }
  PlaceWindow(op, rows, columns, options.padding(), graph, &made);
  if (made.kind == OpKind::kConv && made.kernel == 1 && made.padding == 0)
    made.kind = OpKind::kPointwise;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  CheckChannels(made, weights[Index(dimension)]);
  QuantizedParameters p = ReadWeighted(op, made, dimension, *graph);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

// Padding counts in a pool, but the smallest int8 pads a maximum without a trace.
bool PaddingCounts(const FileValue& value, const Operator& made, const TfliteGraph& graph) {
  const bool smallest = graph.quantization(value.tensor).zero_point == -128;
  return value.padding != 0 && !(made.kind == OpKind::kMaxPool && smallest);
}

// Which dimensions of the value a MEAN averages over.
std::vector<bool> AveragedDimensions(const FileOperator& op, const FileValue& value,
                                     const TfliteGraph& graph) {
  if (value.axes.size() != value.dims.size())
    FailTflite("averages over dimensions that RESHAPE has joined", ErrorCode::kUnsupported);
  std::vector<bool> gone(value.dims.size(), false);
  const int rank = static_cast<int>(value.dims.size());
  for (int32_t axis : ReadIndices(op, 1, graph)) {
    if (axis < -rank || axis >= rank)
      FailTflite("averages over axis " + std::to_string(axis) + " of " + std::to_string(rank));
    gone[Index(axis < 0 ? axis + rank : axis)] = true;
  }
  return gone;
}

// The value behind a MEAN, whose dimensions are kept with size 1 or left out.
FileValue Averaged(const FileValue& value, const std::vector<bool>& gone,
                   const std::vector<int>& dims) {
  FileValue result;
  const bool kept = dims.size() == value.dims.size();
  for (size_t i = 0; i < gone.size(); ++i) {
    if (gone[i] && !kept) continue;
    result.dims.push_back(gone[i] ? 1 : value.dims[i]);
    result.axes.push_back(value.axes[i]);
  }
  if (result.dims != dims) FailTflite("has an output of a shape that no MEAN gives");
  return result;
}

}  // namespace

void ReadConv(const FileOperator& op, TfliteGraph* graph) {
  const std::vector<int>& weights = WeightDims(op, *graph, 4);
  const std::vector<int>& dims = graph->Value(graph->OperandIndex(op, 0)).dims;
  const int channels = dims.empty() ? 1 : dims.back();
  if (weights[3] != channels)
    FailTflite("has weights for " + std::to_string(weights[3]) + " of " + std::to_string(channels) +
                   " input channels; nearest: one CONV_2D per group, or DEPTHWISE_CONV_2D",
               ErrorCode::kUnsupported);
  Operator made;
  made.kind = OpKind::kConv;
  AppendConvolution<schema::Conv2DOptions>(op, std::move(made), weights, 0, graph);
}

void ReadDepthwise(const FileOperator& op, TfliteGraph* graph) {
  const std::vector<int>& weights = WeightDims(op, *graph, 4);
  if (weights[0] != 1)
    FailTflite("has weights with a first dimension of " + std::to_string(weights[0]) +
               ", expected 1");
  Operator made;
  made.kind = OpKind::kDepthwise;
  AppendConvolution<schema::DepthwiseConv2DOptions>(op, std::move(made), weights, 3, graph);
}

// The output's shape is that of the file's tensor, however the first operand is computed.
void ReadTransposeConv(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::TransposeConvOptions>(op);
  const std::vector<int>& weights = WeightDims(op, *graph, 4);
  const FileValue& value = graph->Operand(op, 2);
  const Shape in = ShapeOf(value.dims);
  if (weights[3] != in.channels)
    FailTflite("has weights for " + std::to_string(weights[3]) + " of " +
               std::to_string(in.channels) + " input channels");
  Operator made;
  made.kind = OpKind::kTransposeConv;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  CheckChannels(made, weights[0]);
  const WindowAxis rows = CheckedAxis(weights[1], options.stride_h(), 1);
  const WindowAxis columns = CheckedAxis(weights[2], options.stride_w(), 1);
  // Padding as the convolution has that this one undoes.
  SetWindow(rows, columns, options.padding(), made.out, &made);
  const auto undoes = [](int out, const WindowAxis& a, int padding) {
    return (int64_t{out} + padding - a.kernel + a.stride) / a.stride;
  };
  const Padding& p = made.padding;
  if (undoes(made.out.height, rows, p.top + p.bottom) != in.height ||
      undoes(made.out.width, columns, p.left + p.right) != in.width)
    FailTflite("has an output of a size that its input, kernel, stride and padding do not give");
  made.padding = {p.top, p.left, 0, 0};
  made.activation = ReadActivation(options.fused_activation_function());
  made.inputs = {graph->AsShape(value, in)};
  QuantizedParameters q = ReadWeighted(op, made, 0, *graph);
  graph->Append(std::move(made), std::move(q), OnlyOutput(op));
}

void ReadFullyConnected(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::FullyConnectedOptions>(op);
  if (options.weights_format() != 0)
    FailTflite("has shuffled weights, expected the default format", ErrorCode::kUnsupported);
  const std::vector<int>& weights = WeightDims(op, *graph, 2);
  const FileValue& value = graph->Operand(op, 0);
  Operator made;
  made.kind = OpKind::kFullyConnected;
  made.weight_bits = WeightBits(op, *graph);
  made.inputs = {value.tensor};
  made.out.channels = weights[0];
  made.activation = ReadActivation(options.fused_activation_function());
  const int64_t depth = graph->shape(value.tensor).elements();
  if (depth != weights[1])
    FailTflite("has weights for " + std::to_string(weights[1]) + " of " + std::to_string(depth) +
                   " inputs; batches are not read; nearest: CONV_2D with a 1 x 1 kernel",
               ErrorCode::kUnsupported);
  if (graph->tensor(OnlyOutput(op)).elements() != weights[0])
    FailTflite("has an output of " + std::to_string(graph->tensor(OnlyOutput(op)).elements()) +
               " elements, but weights of " + std::to_string(weights[0]));
  QuantizedParameters p = ReadWeighted(op, made, 0, *graph);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadPool(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::Pool2DOptions>(op);
  const bool average = op.code == schema::BuiltinOperator::AVERAGE_POOL_2D;
  const int height = options.filter_height(), width = options.filter_width();
  Operator made;
  made.kind = average ? OpKind::kAveragePool : OpKind::kMaxPool;
  if (PaddingCounts(graph->PaddedOperand(op, 0), made, *graph)) graph->Operand(op, 0);
  const FileValue value = graph->PaddedOperand(op, 0);
  if (!InOrder(value)) graph->Operand(op, 0);  // refuses it
  const Shape padded = ShapeOf(value.dims);
  made.activation = ReadActivation(options.fused_activation_function());
  QuantizedParameters p;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  CheckCopies(graph->quantization(value.tensor), p.output);
  const bool whole = average && height == padded.height && width == padded.width &&
                     options.padding() == schema::Padding::VALID &&
                     made.activation == Activation::kNone;
  if (whole) {
    made.kind = OpKind::kGlobalAveragePool;
    made.inputs = {graph->AsShape(value, padded)};
  } else {
    PlaceWindow(op, CheckedAxis(height, options.stride_h(), 1),
                CheckedAxis(width, options.stride_w(), 1), options.padding(), graph, &made);
  }
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadMean(const FileOperator& op, TfliteGraph* graph) {
  const bool largest = op.code == schema::BuiltinOperator::REDUCE_MAX;
  if (graph->PaddedOperand(op, 0).padding != 0) graph->Operand(op, 0);  // as an operator
  const FileValue value = graph->PaddedOperand(op, 0);
  const std::vector<bool> gone = AveragedDimensions(op, value, *graph);
  const auto averages = [&](Axis axis) {
    for (size_t i = 0; i < gone.size(); ++i)
      if (gone[i] && value.axes[i] == axis) return true;
    return false;
  };
  const Shape map = graph->shape(value.tensor);
  const bool rows = averages(Axis::kHeight), columns = averages(Axis::kWidth);
  if (averages(Axis::kChannels) && map.channels > 1)
    FailTflite(std::string("goes over channels; nearest: ") + op.name + " over height and width",
               ErrorCode::kUnsupported);
  if (int64_t{map.height} * map.width > kMaxMeanCount)
    FailTflite("averages over more than 2^23 values", ErrorCode::kUnsupported);
  Operator made;
  made.inputs = {value.tensor};
  made.out = {rows ? 1 : map.height, columns ? 1 : map.width, map.channels};
  made.kind = OpKind::kGlobalAveragePool;
  if (largest || made.out.height != 1 || made.out.width != 1) {
    made.kind = largest ? OpKind::kMaxPool : OpKind::kAveragePool;
    made.kernel = {CheckedSize(rows ? map.height : 1, kMaxKernel, "height to go over"),
                   CheckedSize(columns ? map.width : 1, kMaxKernel, "width to go over")};
  }
  QuantizedParameters p;
  p.mean = !largest;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  const TensorQuantization& from = graph->quantization(value.tensor);
  if (largest) CheckCopies(from, p.output);
  CheckMultiplier(double{from.scale} / p.output.scale);
  FileValue result = Averaged(value, gone, graph->tensor(OnlyOutput(op)).dims);
  result.tensor = graph->Append(std::move(made), std::move(p), -1);
  graph->Define(OnlyOutput(op), std::move(result));
}

}  // namespace mcunas
