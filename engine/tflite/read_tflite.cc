#include "engine/tflite/read_tflite.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/index.h"
#include "engine/tflite/read_operators_internal.h"
#include "network/verify.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;
using Code = schema::BuiltinOperator;

// The form closest to an operator that we do not read; empty where there is none.
const char* NearestForm(Code code) {
  switch (code) {
    case Code::DEPTH_TO_SPACE:
      return "TRANSPOSE_CONV";
    case Code::ELU:
    case Code::GELU:
      return "HARD_SWISH or LEAKY_RELU";
    case Code::RELU_0_TO_1:
      return "RELU6";
    case Code::DIV:
    case Code::SQUARE:
      return "MUL";
    case Code::L2_POOL_2D:
    case Code::SUM:
      return "AVERAGE_POOL_2D or MEAN over height and width";
    case Code::REDUCE_MIN:
      return "REDUCE_MAX";
    case Code::GATHER:
    case Code::UNPACK:
      return "SLICE or SPLIT";
    case Code::LOG_SOFTMAX:
      return "SOFTMAX";
    case Code::BATCH_MATMUL:
      return "FULLY_CONNECTED";
    case Code::MIRROR_PAD:
      return "PAD";
    case Code::CONV_3D:
      return "CONV_2D";
    case Code::PACK:
      return "CONCATENATION";
    default:
      return "";
  }
}

[[noreturn]] void FailUnknown(Code code) {
  const std::string nearest = NearestForm(code);
  FailTflite("is not read" + (nearest.empty() ? "" : "; nearest: " + nearest),
             ErrorCode::kUnsupported);
}

// Who reads what; every other code is refused.
struct ReaderRow {
  Code code;
  void (*read)(const FileOperator&, TfliteGraph*);
};
constexpr ReaderRow kReaders[] = {
    {Code::CONV_2D, ReadConv},
    {Code::DEPTHWISE_CONV_2D, ReadDepthwise},
    {Code::FULLY_CONNECTED, ReadFullyConnected},
    {Code::AVERAGE_POOL_2D, ReadPool},
    {Code::MAX_POOL_2D, ReadPool},
    {Code::MEAN, ReadMean},
    {Code::REDUCE_MAX, ReadMean},
    {Code::TRANSPOSE_CONV, ReadTransposeConv},
    {Code::SLICE, ReadSlice},
    {Code::STRIDED_SLICE, ReadSlice},
    {Code::SPLIT, ReadSplit},
    {Code::SPLIT_V, ReadSplit},
    {Code::SPACE_TO_BATCH_ND, ReadSpaceToBatch},
    {Code::BATCH_TO_SPACE_ND, ReadBatchToSpace},
    {Code::ADD, ReadPairwise},
    {Code::SUB, ReadPairwise},
    {Code::MUL, ReadPairwise},
    {Code::MAXIMUM, ReadPairwise},
    {Code::MINIMUM, ReadPairwise},
    {Code::PRELU, ReadPairwise},
    {Code::SOFTMAX, ReadSoftmax},
    {Code::LOGISTIC, ReadFunction},
    {Code::TANH, ReadFunction},
    {Code::HARD_SWISH, ReadFunction},
    {Code::LEAKY_RELU, ReadFunction},
    {Code::RELU, ReadFunction},
    {Code::RELU6, ReadFunction},
    {Code::RELU_N1_TO_1, ReadFunction},
    {Code::CONCATENATION, ReadConcatenation},
    {Code::RESIZE_NEAREST_NEIGHBOR, ReadResize},
    {Code::RESIZE_BILINEAR, ReadResize},
    {Code::QUANTIZE, ReadQuantize},
    {Code::DEQUANTIZE, ReadDequantize},
    {Code::PAD, ReadPad},
    {Code::PADV2, ReadPad},
    {Code::TRANSPOSE, ReadTranspose},
    {Code::RESHAPE, ReadReshape},
    {Code::SQUEEZE, ReadReshape},
    {Code::EXPAND_DIMS, ReadReshape},
};

// Whether operand `which` only repeats the output's shape.
bool IsShapeOperand(Code code, size_t which) {
  if (code == Code::TRANSPOSE_CONV) return which == 0;
  return which > 0 &&
         (code == Code::RESHAPE || code == Code::SQUEEZE || code == Code::EXPAND_DIMS ||
          code == Code::RESIZE_NEAREST_NEIGHBOR || code == Code::RESIZE_BILINEAR);
}

// Operators whose outputs somebody needs.
std::vector<bool> LiveOperators(const TfliteFile& file) {
  std::vector<bool> needed(file.tensors.size(), false), live(file.operators.size(), false);
  for (int32_t output : file.outputs) needed[Index(output)] = true;
  for (size_t i = file.operators.size(); i-- > 0;) {
    const FileOperator& op = file.operators[i];
    live[i] = std::any_of(op.outputs.begin(), op.outputs.end(),
                          [&](int32_t t) { return needed[Index(t)]; });
    if (!live[i]) continue;
    for (size_t k = 0; k < op.inputs.size(); ++k)
      if (op.inputs[k] >= 0 && !IsShapeOperand(op.code, k)) needed[Index(op.inputs[k])] = true;
  }
  return live;
}

QuantizedNetwork ReadGraph(const TfliteFile& file, RoundingMode rounding,
                           std::vector<int>* file_tensors) {
  TfliteGraph graph(file, rounding);
  const std::vector<bool> live = LiveOperators(file);
  for (size_t i = 0; i < file.operators.size(); ++i) {
    if (!live[i]) continue;
    try {
      ReadTfliteOperator(file.operators[i], &graph);
    } catch (const TfliteFailure& failure) {
      FailTflite(OperatorLabel(file, i) + failure.message, failure.code);
    }
  }
  return std::move(graph).Finish(file_tensors);
}

// FlatBuffers reads numbers where they lie: the bytes must be aligned.
std::span<const uint8_t> Aligned(std::span<const uint8_t> bytes, std::vector<uint8_t>* copy) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 16 == 0) return bytes;
  copy->assign(bytes.begin(), bytes.end());
  return *copy;
}

std::string NetworkName(const TfliteFile& file, const std::string& origin) {
  if (!file.name.empty() && file.name != "main") return file.name;
  return std::filesystem::path(origin).stem().string();
}

}  // namespace

void ReadTfliteOperator(const FileOperator& op, TfliteGraph* graph) {
  for (const ReaderRow& row : kReaders)
    if (row.code == op.code) return row.read(op, graph);
  FailUnknown(op.code);
}

Activation ReadActivation(schema::ActivationFunctionType code) {
  switch (code) {
    case schema::ActivationFunctionType::NONE:
      return Activation::kNone;
    case schema::ActivationFunctionType::RELU:
      return Activation::kRelu;
    case schema::ActivationFunctionType::RELU6:
      return Activation::kRelu6;
    case schema::ActivationFunctionType::RELU_N1_TO_1:
      return Activation::kReluN1To1;
    default:
      FailTflite(std::string("has fused activation ") +
                     schema::EnumNameActivationFunctionType(code) +
                     "; nearest: RELU, RELU6 or RELU_N1_TO_1",
                 ErrorCode::kUnsupported);
  }
}

std::vector<int32_t> ReadIndices(const FileOperator& op, size_t which, const TfliteGraph& graph) {
  const FileTensor& tensor = graph.tensor(graph.OperandIndex(op, which));
  if (!tensor.constant() || tensor.type != schema::TensorType::INT32)
    FailTflite("operand '" + tensor.name + "' is not constant INT32", ErrorCode::kUnsupported);
  constexpr size_t kMost = 2 * 8;  // two numbers for each of 8 dimensions
  const size_t count = tensor.data.size() / sizeof(int32_t);
  if (tensor.data.size() % sizeof(int32_t) != 0 || count > kMost ||
      static_cast<int64_t>(count) != tensor.elements())
    FailTflite("operand '" + tensor.name + "' has " + std::to_string(tensor.data.size()) +
               " bytes, expected 4 for each of its elements");
  std::vector<int32_t> values(count);
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

int OnlyOutput(const FileOperator& op) {
  if (op.outputs.size() != 1)
    FailTflite("has " + std::to_string(op.outputs.size()) + " outputs, expected one");
  return op.outputs[0];
}

void CheckMultiplier(double real, double limit) {
  if (!std::isfinite(real) || !(real < limit))
    FailTflite("has scales that give a multiplier of " + std::to_string(real) +
               ", outside what fixed point holds");
}

void CheckCopies(const TensorQuantization& input, const TensorQuantization& output) {
  // TFLite's own tolerance.
  if (input.zero_point == output.zero_point && std::abs(input.scale - output.scale) <= 1e-6f)
    return;
  FailTflite("copies values between scales " + std::to_string(input.scale) + " and " +
                 std::to_string(output.scale) + " (zero points " +
                 std::to_string(input.zero_point) + " and " + std::to_string(output.zero_point) +
                 "); nearest: one scale and zero point for both",
             ErrorCode::kUnsupported);
}

Expected<QuantizedNetwork> ReadTflite(std::span<const uint8_t> bytes, const std::string& origin,
                                      RoundingMode rounding, std::vector<int>* file_tensors) {
  std::vector<uint8_t> copy;
  try {
    const TfliteFile file = OpenTfliteFile(Aligned(bytes, &copy));
    QuantizedNetwork result = ReadGraph(file, rounding, file_tensors);
    result.network.name = NetworkName(file, origin);
    if (Expected<void> legal = VerifyNetwork(result.network); !legal)
      return legal.error().WithContext(origin);
    return result;
  } catch (const TfliteFailure& failure) {
    return Error{failure.code, origin + ": " + failure.message};
  }
}

}  // namespace mcunas
