// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, AVERAGE_POOL_2D, MAX_POOL_2D and MEAN.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "engine/quantize/requantization.h"
#include "engine/tflite/read_operators_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

constexpr double kAccumulatorLimit = double{1 << 30};
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
    return (size + before + after - (kernel - 1) * dilation - 1) / stride;
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

std::vector<int8_t> ReadInt8(const FileTensor& tensor) {
  if (tensor.type != schema::TensorType::INT8 || tensor.sparse)
    FailTflite("weights '" + tensor.name + "' are of " +
                   (tensor.sparse ? "a sparse layout" : TypeName(tensor.type)) +
                   ", expected dense INT8",
               ErrorCode::kUnsupported);
  if (!tensor.constant())
    FailTflite("weights '" + tensor.name + "' are not constant", ErrorCode::kUnsupported);
  if (static_cast<int64_t>(tensor.data.size()) != tensor.elements())
    FailTflite("weights '" + tensor.name + "' have " + std::to_string(tensor.data.size()) +
               " bytes, expected " + std::to_string(tensor.elements()));
  const auto* first = reinterpret_cast<const int8_t*>(tensor.data.data());
  return {first, first + tensor.data.size()};
}

// One scale per channel, along `dimension`, or one for all.
std::vector<float> ReadWeightScales(const FileTensor& tensor, int channels, int dimension) {
  const size_t count = tensor.scales.size();
  if (count == 0) FailTflite("weights '" + tensor.name + "' are not quantised");
  if (count != 1 && count != static_cast<size_t>(channels))
    FailTflite("weights '" + tensor.name + "' have " + std::to_string(count) +
               " scales, expected 1 or " + std::to_string(channels));
  if (count > 1 && tensor.quantized_dimension != dimension)
    FailTflite("weights '" + tensor.name + "' are quantised along dimension " +
               std::to_string(tensor.quantized_dimension) + ", expected " +
               std::to_string(dimension));
  for (float scale : tensor.scales)
    if (!std::isfinite(scale) || scale < 0)
      FailTflite("weights '" + tensor.name + "' have a scale of " + std::to_string(scale));
  for (int64_t zero_point : tensor.zero_points)
    if (zero_point != 0)
      FailTflite("weights '" + tensor.name + "' have zero point " + std::to_string(zero_point) +
                     ", expected 0",
                 ErrorCode::kUnsupported);
  return {tensor.scales.begin(), tensor.scales.end()};
}

std::vector<int32_t> ReadBias(const FileOperator& op, const TfliteGraph& graph, int channels) {
  if (op.inputs.size() < 3 || op.inputs[2] < 0)
    return std::vector<int32_t>(static_cast<size_t>(channels), 0);
  const FileTensor& tensor = graph.tensor(op.inputs[2]);
  if (tensor.type != schema::TensorType::INT32)
    FailTflite("bias '" + tensor.name + "' is of " + TypeName(tensor.type) + ", expected INT32",
               ErrorCode::kUnsupported);
  const size_t bytes = static_cast<size_t>(channels) * sizeof(int32_t);
  if (tensor.data.size() != bytes)
    FailTflite("bias '" + tensor.name + "' has " + std::to_string(tensor.data.size()) +
               " bytes, expected " + std::to_string(bytes));
  std::vector<int32_t> bias(static_cast<size_t>(channels));
  std::memcpy(bias.data(), tensor.data.data(), bytes);  // little-endian, as we are
  return bias;
}

struct AccumulatorRange {
  double low, high;

  double largest() const { return std::max(high, -low); }
};

// Over all int8 inputs.
AccumulatorRange RangeOf(const QuantizedParameters& p, bool depthwise, size_t channel,
                         int zero_point) {
  const size_t channels = p.bias.size(), per_channel = p.weights.size() / channels;
  AccumulatorRange range{double(p.bias[channel]), double(p.bias[channel])};
  for (size_t i = 0; i < per_channel; ++i) {
    const double w = p.weights[depthwise ? i * channels + channel : channel * per_channel + i];
    const double at_most = w * (127 - zero_point), at_least = w * (-128 - zero_point);
    range.high += std::max(at_most, at_least);
    range.low += std::min(at_most, at_least);
  }
  return range;
}

// Converters give dead channels tiny scales and biases of any size. Such a channel has the same
// output for every input: it becomes that output, as a bias without weights.
bool SilenceChannel(const Operator& made, size_t channel, const AccumulatorRange& range,
                    float input_scale, QuantizedParameters* p) {
  if (range.largest() >= 0x1p31 || p->weight_scales.size() != p->bias.size()) return false;
  const float output_scale = p->output.scale;
  const FixedMultiplier m =
      QuantizeMultiplier(double{input_scale} * p->weight_scales[channel] / output_scale);
  const Clamp clamp = ActivationClamp(made.activation, p->output);
  const auto output = [&](double accumulator) {
    const int32_t scaled =
        MultiplyByQuantizedMultiplier(static_cast<int32_t>(accumulator), m, p->rounding);
    return std::clamp(scaled + p->output.zero_point, clamp.low, clamp.high);
  };
  // A multiplier of 1/2 needs no shift to the left.
  const float scale = output_scale / input_scale / 2;
  if (m.shift > 0 || !std::isnormal(scale) || output(range.low) != output(range.high)) return false;
  p->bias[channel] = 2 * (output(range.low) - p->output.zero_point);
  p->weight_scales[channel] = scale;
  const size_t channels = p->bias.size(), per_channel = p->weights.size() / channels;
  for (size_t i = 0; i < per_channel; ++i) {
    p->weights[made.kind == OpKind::kDepthwise ? i * channels + channel
                                               : channel * per_channel + i] = 0;
  }
  return true;
}

// Keeps the |accumulator| of each channel below 2^30.
void LimitAccumulators(const Operator& made, const TensorQuantization& input,
                       QuantizedParameters* p) {
  for (size_t c = 0; c < p->bias.size(); ++c) {
    const AccumulatorRange range =
        RangeOf(*p, made.kind == OpKind::kDepthwise, c, input.zero_point);
    if (range.largest() < kAccumulatorLimit) continue;
    if (!SilenceChannel(made, c, range, input.scale, p))
      FailTflite("the accumulator of channel " + std::to_string(c) + " can reach 2^30",
                 ErrorCode::kUnsupported);
  }
}

QuantizedParameters ReadWeighted(const FileOperator& op, const Operator& made, int dimension,
                                 const TensorQuantization& input, const TfliteGraph& graph) {
  const FileTensor& weights = graph.tensor(graph.OperandIndex(op, 1));
  QuantizedParameters p;
  p.weights = ReadInt8(weights);
  p.weight_scales = ReadWeightScales(weights, made.out.channels, dimension);
  p.bias = ReadBias(op, graph, made.out.channels);
  p.output = QuantizationOf(graph.tensor(OnlyOutput(op)));
  p.rounding = OperatorRounding(made.kind, graph.rounding());
  for (float scale : p.weight_scales) CheckMultiplier(double{input.scale} * scale / p.output.scale);
  // One scale for all is a case of its own in fully connected only.
  if (made.kind != OpKind::kFullyConnected && p.weight_scales.size() == 1)
    p.weight_scales.assign(static_cast<size_t>(made.out.channels), p.weight_scales[0]);
  LimitAccumulators(made, input, &p);
  return p;
}

const std::vector<int>& WeightDims(const FileOperator& op, const TfliteGraph& graph, size_t rank) {
  const FileTensor& weights = graph.tensor(graph.OperandIndex(op, 1));
  if (weights.dims.size() != rank)
    FailTflite("weights '" + weights.name + "' have " + std::to_string(weights.dims.size()) +
               " dimensions, expected " + std::to_string(rank));
  return weights.dims;
}

// Appends a window operator with weights; `channels` is where they stand in the weights' shape.
template <typename Options>
void AppendConvolution(const FileOperator& op, Operator made, const std::vector<int>& weights,
                       int dimension, TfliteGraph* graph) {
  const Options& options = OptionsOf<Options>(op);
  const FileValue value = graph->PaddedOperand(op, 0);
  if (!InOrder(value)) graph->Operand(op, 0);  // refuses it
  const Shape padded = ShapeOf(value.dims);
  const WindowAxis rows = CheckedAxis(weights[1], options.stride_h(), options.dilation_h_factor());
  const WindowAxis columns =
      CheckedAxis(weights[2], options.stride_w(), options.dilation_w_factor());
  SetWindow(rows, columns, options.padding(), padded, &made);
  made.activation = ReadActivation(options.fused_activation_function());
  made.inputs = {graph->AsShape(value, FoldPad(value, padded, &made))};
  if (made.kind == OpKind::kConv && made.kernel == 1 && made.padding == 0)
    made.kind = OpKind::kPointwise;
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  if (made.out.channels != weights[static_cast<size_t>(dimension)])
    FailTflite("has " + std::to_string(made.out.channels) + " output channels, but weights of " +
               std::to_string(weights[static_cast<size_t>(dimension)]));
  QuantizedParameters p =
      ReadWeighted(op, made, dimension, graph->quantization(made.inputs[0]), *graph);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

// The smallest int8 pads a maximum without a trace.
void CheckPaddedPool(const FileValue& value, const Operator& made, const TfliteGraph& graph) {
  if (value.padding == 0) return;
  if (made.kind == OpKind::kMaxPool && graph.quantization(value.tensor).zero_point == -128) return;
  FailTflite("pools over the output of PAD, which counts there; nearest: SAME padding of the pool",
             ErrorCode::kUnsupported);
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
    gone[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
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
  const Shape padded = ShapeOf(graph->PaddedOperand(op, 0).dims);
  if (weights[3] != padded.channels)
    FailTflite("has weights for " + std::to_string(weights[3]) + " of " +
                   std::to_string(padded.channels) +
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

void ReadFullyConnected(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::FullyConnectedOptions>(op);
  if (options.weights_format() != 0)
    FailTflite("has shuffled weights, expected the default format", ErrorCode::kUnsupported);
  const std::vector<int>& weights = WeightDims(op, *graph, 2);
  const FileValue& value = graph->Operand(op, 0);
  Operator made;
  made.kind = OpKind::kFullyConnected;
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
  QuantizedParameters p = ReadWeighted(op, made, 0, graph->quantization(value.tensor), *graph);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadPool(const FileOperator& op, TfliteGraph* graph) {
  const auto& options = OptionsOf<schema::Pool2DOptions>(op);
  const bool average = op.code == schema::BuiltinOperator::AVERAGE_POOL_2D;
  const FileValue value = graph->PaddedOperand(op, 0);
  if (!InOrder(value)) graph->Operand(op, 0);  // refuses it
  const Shape padded = ShapeOf(value.dims);
  const int height = options.filter_height(), width = options.filter_width();
  Operator made;
  made.kind = average ? OpKind::kAveragePool : OpKind::kMaxPool;
  CheckPaddedPool(value, made, *graph);
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
    SetWindow(CheckedAxis(height, options.stride_h(), 1), CheckedAxis(width, options.stride_w(), 1),
              options.padding(), padded, &made);
    made.inputs = {graph->AsShape(value, FoldPad(value, padded, &made))};
  }
  made.out = ShapeOf(graph->tensor(OnlyOutput(op)).dims);
  graph->Append(std::move(made), std::move(p), OnlyOutput(op));
}

void ReadMean(const FileOperator& op, TfliteGraph* graph) {
  const FileValue value = graph->PaddedOperand(op, 0);
  if (value.padding != 0) graph->Operand(op, 0);  // refuses it
  const std::vector<bool> gone = AveragedDimensions(op, value, *graph);
  const auto averages = [&](Axis axis) {
    for (size_t i = 0; i < gone.size(); ++i)
      if (gone[i] && value.axes[i] == axis) return true;
    return false;
  };
  const Shape map = graph->shape(value.tensor);
  const bool rows = averages(Axis::kHeight), columns = averages(Axis::kWidth);
  if (averages(Axis::kChannels) && map.channels > 1)
    FailTflite("averages over channels; nearest: MEAN over height and width",
               ErrorCode::kUnsupported);
  if (int64_t{map.height} * map.width > kMaxMeanCount)
    FailTflite("averages over more than 2^23 values", ErrorCode::kUnsupported);
  Operator made;
  made.inputs = {value.tensor};
  made.out = {rows ? 1 : map.height, columns ? 1 : map.width, map.channels};
  made.kind = OpKind::kGlobalAveragePool;
  if (made.out.height != 1 || made.out.width != 1) {
    made.kind = OpKind::kAveragePool;
    made.kernel = {CheckedSize(rows ? map.height : 1, kMaxKernel, "height to average over"),
                   CheckedSize(columns ? map.width : 1, kMaxKernel, "width to average over")};
  }
  QuantizedParameters p;
  p.mean = true;
  p.output = QuantizationOf(graph->tensor(OnlyOutput(op)));
  CheckMultiplier(double{graph->quantization(value.tensor).scale} / p.output.scale);
  FileValue result = Averaged(value, gone, graph->tensor(OnlyOutput(op)).dims);
  result.tensor = graph->Append(std::move(made), std::move(p), -1);
  graph->Define(OnlyOutput(op), std::move(result));
}

}  // namespace mcunas
