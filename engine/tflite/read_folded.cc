#include "engine/tflite/read_folded_internal.h"

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "common/index.h"
#include "engine/tflite/operator_fields_internal.h"
#include "engine/tflite/read_functions_internal.h"
#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// A uint8 tensor holds what an int8 one holds, plus 128.
bool IsShiftedBy128(const FileTensor& unsigned_tensor, const TensorQuantization& q) {
  return unsigned_tensor.type == schema::TensorType::UINT8 && unsigned_tensor.scales.size() == 1 &&
         unsigned_tensor.zero_points.size() == 1 && unsigned_tensor.scales[0] == q.scale &&
         unsigned_tensor.zero_points[0] == q.zero_point + 128;
}

[[noreturn]] void FailRequantize() {
  FailTflite("requantises; nearest: QUANTIZE of the network's input, one scale inside",
             ErrorCode::kUnsupported);
}

// What is folded away cannot have a quantisation of its own.
void CheckSame(const TensorQuantization& input, const TensorQuantization& output) {
  if (!(input == output)) FailRequantize();
}

// Rows and columns that a PAD adds; refuses batches and channels.
Padding ReadPaddings(const FileOperator& op, size_t rank, const TfliteGraph& graph) {
  const std::vector<int32_t> amounts = ReadIndices(op, 1, graph);
  if (amounts.size() != 2 * rank || rank < 3)
    FailTflite("has " + std::to_string(amounts.size()) + " paddings for " + std::to_string(rank) +
               " dimensions");
  for (size_t i = 0; i < amounts.size(); ++i) {
    if (amounts[i] < 0 || amounts[i] > kMaxSide)
      FailTflite("has a padding of " + std::to_string(amounts[i]));
    const bool map = i / 2 + 3 == rank || i / 2 + 2 == rank;
    if (amounts[i] != 0 && !map)
      FailTflite("pads other axes than height and width", ErrorCode::kUnsupported);
  }
  const size_t height = 2 * (rank - 3), width = height + 2;
  return {amounts[height], amounts[width], amounts[height + 1], amounts[width + 1]};
}

// PADV2 names the byte that it pads with.
void CheckPadsWithZero(const FileOperator& op, const TfliteGraph& graph, int zero_point) {
  if (op.code != schema::BuiltinOperator::PADV2) return;
  const FileTensor& value = graph.tensor(graph.OperandIndex(op, 2));
  const bool byte = value.type == schema::TensorType::INT8 && value.data.size() == 1;
  if (!byte || static_cast<int8_t>(value.data[0]) != zero_point)
    FailTflite("pads with another value than real 0; nearest: PAD", ErrorCode::kUnsupported);
}

}  // namespace

void ReadQuantize(const FileOperator& op, TfliteGraph* graph) {
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  const FileTensor& input = graph->tensor(graph->OperandIndex(op, 0));
  FileValue value = graph->Value(graph->OperandIndex(op, 0));
  if (output.dims != input.dims) FailTflite("changes the shape");
  if (value.real) {
    const TensorQuantization q = QuantizationOf(output);
    const bool unsigned_input = input.type == schema::TensorType::UINT8;
    if (!graph->IsInput(value.tensor)) FailRequantize();
    if (unsigned_input && !IsShiftedBy128(input, q)) FailRequantize();
    if (!unsigned_input && input.type != schema::TensorType::FLOAT32)
      FailTflite(std::string("quantises ") + TypeName(input.type), ErrorCode::kUnsupported);
    graph->QuantizeInput(value.tensor, q);
    value.real = false;
  } else if (IsShiftedBy128(output, graph->quantization(value.tensor))) {
    value.real = true;  // bytes for a reader of uint8, at the end
  } else if (!(QuantizationOf(output) == graph->quantization(value.tensor))) {
    return ReadFunction(op, graph);
  }
  graph->Define(OnlyOutput(op), std::move(value));
}

void ReadDequantize(const FileOperator& op, TfliteGraph* graph) {
  FileValue value = graph->Operand(op, 0);
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  if (output.dims != value.dims) FailTflite("changes the shape");
  value.real = true;
  graph->Define(OnlyOutput(op), std::move(value));
}

void ReadPad(const FileOperator& op, TfliteGraph* graph) {
  FileValue value = graph->PaddedOperand(op, 0);
  if (!InOrder(value)) graph->Operand(op, 0);  // refuses it
  const size_t rank = value.dims.size();
  const Padding added = ReadPaddings(op, rank, *graph);
  CheckPadsWithZero(op, *graph, graph->quantization(value.tensor).zero_point);
  Padding& p = value.padding;
  p = {p.top + added.top, p.left + added.left, p.bottom + added.bottom, p.right + added.right};
  if (p.top > kMaxSide || p.left > kMaxSide || p.bottom > kMaxSide || p.right > kMaxSide)
    FailTflite("pads by over " + std::to_string(kMaxSide));
  if (value.dims[rank - 3] > kMaxSide || value.dims[rank - 2] > kMaxSide)
    FailTflite("pads a map with a side over " + std::to_string(kMaxSide));
  value.dims[rank - 3] += added.top + added.bottom;
  value.dims[rank - 2] += added.left + added.right;
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  if (output.dims != value.dims)
    FailTflite("has an output of another shape than its paddings give");
  CheckSame(graph->quantization(value.tensor), QuantizationOf(output));
  graph->Define(OnlyOutput(op), std::move(value));
}

void ReadTranspose(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->PaddedOperand(op, 0);
  if (value.padding != 0) graph->Operand(op, 0);  // refuses it
  const std::vector<int32_t> order = ReadIndices(op, 1, *graph);
  const size_t rank = value.dims.size();
  if (order.size() != rank || value.axes.size() != rank)
    FailTflite("permutes " + std::to_string(order.size()) + " of " + std::to_string(rank) +
                   " dimensions, or dimensions that RESHAPE has joined",
               ErrorCode::kUnsupported);
  FileValue result;
  result.tensor = value.tensor;
  std::vector<bool> seen(rank, false);
  for (int32_t from : order) {
    if (from < 0 || from >= static_cast<int64_t>(rank) || seen[Index(from)])
      FailTflite("has an order that is no permutation");
    seen[Index(from)] = true;
    result.dims.push_back(value.dims[Index(from)]);
    result.axes.push_back(value.axes[Index(from)]);
  }
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  if (output.dims != result.dims) FailTflite("has an output of another shape than its order gives");
  CheckSame(graph->quantization(value.tensor), QuantizationOf(output));
  graph->Define(OnlyOutput(op), std::move(result));
}

void ReadSpaceToBatch(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const std::vector<int32_t> blocks = ReadIndices(op, 1, *graph);
  const std::vector<int32_t> paddings = ReadIndices(op, 2, *graph);
  if (value.dims.size() != 4 || value.dims[0] != 1 || blocks.size() != 2 || paddings.size() != 4)
    FailTflite("cuts other than the height and width of one map", ErrorCode::kUnsupported);
  for (int32_t block : blocks)
    if (block < 1 || block > kMaxKernel)
      FailTflite(
          "has blocks of " + std::to_string(block) + ", outside 1.." + std::to_string(kMaxKernel),
          ErrorCode::kUnsupported);
  for (int32_t amount : paddings)
    if (amount < 0 || amount > kMaxSide) FailTflite("pads by " + std::to_string(amount));
  const int64_t height = int64_t{value.dims[1]} + paddings[0] + paddings[1];
  const int64_t width = int64_t{value.dims[2]} + paddings[2] + paddings[3];
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  const bool fits = output.dims.size() == 4 && output.dims[0] == blocks[0] * blocks[1] &&
                    int64_t{output.dims[1]} * blocks[0] == height &&
                    int64_t{output.dims[2]} * blocks[1] == width && output.dims[3] == value.dims[3];
  if (!fits) FailTflite("has an output of another shape than its blocks and paddings give");
  CheckSame(graph->quantization(value.tensor), QuantizationOf(output));
  FileValue result = value;
  result.dims = output.dims;
  result.padding = {paddings[0], paddings[2], paddings[1], paddings[3]};
  result.blocks = {blocks[0], blocks[1]};
  graph->Define(OnlyOutput(op), std::move(result));
}

// The convolution before it has taken blocks and crops in.
void ReadBatchToSpace(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Value(graph->OperandIndex(op, 0));
  if (!value.convolved)
    FailTflite(
        "does not end a convolution that SPACE_TO_BATCH_ND begins; nearest: a dilated "
        "convolution",
        ErrorCode::kUnsupported);
  FileValue result;
  result.tensor = value.tensor;
  result.dims = graph->tensor(OnlyOutput(op)).dims;
  result.axes = MatchAxes(result.dims, graph->shape(value.tensor));
  graph->Define(OnlyOutput(op), std::move(result));
}

void ReadReshape(const FileOperator& op, TfliteGraph* graph) {
  const FileValue& value = graph->Operand(op, 0);
  const FileTensor& output = graph->tensor(OnlyOutput(op));
  if (output.elements() != graph->shape(value.tensor).elements())
    FailTflite("gives " + std::to_string(output.elements()) + " elements of " +
               std::to_string(graph->shape(value.tensor).elements()));
  CheckSame(graph->quantization(value.tensor), QuantizationOf(output));
  FileValue result;
  result.tensor = value.tensor;
  result.dims = output.dims;
  result.axes = MatchAxes(result.dims, graph->shape(value.tensor));
  graph->Define(OnlyOutput(op), std::move(result));
}

}  // namespace mcunas
