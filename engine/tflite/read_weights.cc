#include "engine/tflite/read_weights_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/arithmetic/requantization.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

constexpr double kAccumulatorLimit = double{1 << 30};

bool HasFourBits(const FileTensor& tensor) { return tensor.type == schema::TensorType::INT4; }

// Two values in each byte, the first one in the low half.
std::vector<int8_t> UnpackInt4(std::span<const uint8_t> data, int64_t count) {
  std::vector<int8_t> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    const int half = i % 2 == 0 ? data[i / 2] & 15 : data[i / 2] >> 4;
    values[i] = static_cast<int8_t>(half < 8 ? half : half - 16);
  }
  return values;
}

// INT8 or INT4.
std::vector<int8_t> ReadWeights(const FileTensor& tensor) {
  const bool packed = HasFourBits(tensor);
  if ((tensor.type != schema::TensorType::INT8 && !packed) || tensor.sparse)
    FailTflite("weights '" + tensor.name + "' are of " +
                   (tensor.sparse ? "a sparse layout" : TypeName(tensor.type)) +
                   ", expected dense INT8 or INT4",
               ErrorCode::kUnsupported);
  if (!tensor.constant())
    FailTflite("weights '" + tensor.name + "' are not constant", ErrorCode::kUnsupported);
  const int64_t bytes = packed ? (tensor.elements() + 1) / 2 : tensor.elements();
  if (static_cast<int64_t>(tensor.data.size()) != bytes)
    FailTflite("weights '" + tensor.name + "' have " + std::to_string(tensor.data.size()) +
               " bytes, expected " + std::to_string(bytes));
  if (packed) return UnpackInt4(tensor.data, tensor.elements());
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
  const size_t which = op.code == schema::BuiltinOperator::TRANSPOSE_CONV ? 3 : 2;
  if (op.inputs.size() <= which || op.inputs[which] < 0)
    return std::vector<int32_t>(static_cast<size_t>(channels), 0);
  const FileTensor& tensor = graph.tensor(op.inputs[which]);
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

}  // namespace

QuantizedParameters ReadWeighted(const FileOperator& op, const Operator& made, int dimension,
                                 const TfliteGraph& graph) {
  const TensorQuantization& input = graph.quantization(made.inputs[0]);
  const FileTensor& weights = graph.tensor(graph.OperandIndex(op, 1));
  QuantizedParameters p;
  if (HasFourBits(weights) && !TakesFourBits(made.kind))
    FailTflite("has weights of INT4, expected INT8", ErrorCode::kUnsupported);
  p.weights = ReadWeights(weights);
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

int WeightBits(const FileOperator& op, const TfliteGraph& graph) {
  return HasFourBits(graph.tensor(graph.OperandIndex(op, 1))) ? 4 : 8;
}

const std::vector<int>& WeightDims(const FileOperator& op, const TfliteGraph& graph, size_t rank) {
  const FileTensor& weights = graph.tensor(graph.OperandIndex(op, 1));
  if (weights.dims.size() != rank)
    FailTflite("weights '" + weights.name + "' have " + std::to_string(weights.dims.size()) +
               " dimensions, expected " + std::to_string(rank));
  return weights.dims;
}

}  // namespace mcunas
