#include "common/index.h"
#include "engine/tflite/tflite_graph_internal.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/arithmetic/requantization.h"
#include "network/verify.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

// No microcontroller has more flash; operators that share buffers must not fill our memory.
constexpr int64_t kMaxWeightBytes = int64_t{1} << 28;

constexpr size_t kMaxInputs = 256;

std::string DimsText(const std::vector<int>& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

std::string Labelled(int index, const FileTensor& tensor) {
  return "tensor " + std::to_string(index) + " ('" + tensor.name + "')";
}

}  // namespace

Shape ShapeOf(const std::vector<int>& dims) {
  std::vector<int> last = dims;
  while (last.size() > 3 && last.front() == 1) last.erase(last.begin());
  if (last.size() > 3)
    FailTflite("shape " + DimsText(dims) + " is no single map of height, width and channels",
               ErrorCode::kUnsupported);
  while (last.size() < 3) last.insert(last.begin(), 1);
  if (last[0] > kMaxSide || last[1] > kMaxSide)
    FailTflite("shape " + DimsText(dims) + " has a side over " + std::to_string(kMaxSide));
  return {last[0], last[1], last[2]};
}

std::vector<Axis> MatchAxes(const std::vector<int>& dims, const Shape& shape) {
  constexpr Axis kAxes[] = {Axis::kHeight, Axis::kWidth, Axis::kChannels};
  const int sizes[] = {shape.height, shape.width, shape.channels};
  std::vector<Axis> axes(dims.size(), Axis::kNone);
  if (dims == std::vector<int>{1, sizes[0], sizes[1], sizes[2]})
    return {Axis::kNone, Axis::kHeight, Axis::kWidth, Axis::kChannels};
  size_t next = 0;
  const auto skip_ones = [&] {
    while (next < 3 && sizes[next] == 1) ++next;
  };
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 1) continue;
    skip_ones();
    if (next == 3 || sizes[next] != dims[i]) return {};
    axes[i] = kAxes[next++];
  }
  skip_ones();
  return next == 3 ? axes : std::vector<Axis>{};
}

bool InOrder(const FileValue& value) {
  Axis last = Axis::kNone;
  for (size_t i = 0; i < value.axes.size(); ++i) {
    if (value.dims[i] == 1) continue;
    if (value.axes[i] <= last) return false;
    last = value.axes[i];
  }
  return true;
}

TensorQuantization QuantizationOf(const FileTensor& tensor) {
  const std::string name = "tensor '" + tensor.name + "' ";
  if (tensor.type != schema::TensorType::INT8)
    FailTflite(name + "is of " + TypeName(tensor.type) + "; only full-integer int8 models are read",
               ErrorCode::kUnsupported);
  if (tensor.scales.empty()) FailTflite(name + "is not quantised", ErrorCode::kUnsupported);
  if (tensor.scales.size() != 1 || tensor.zero_points.size() > 1)
    FailTflite(name + "has " + std::to_string(tensor.scales.size()) + " scales and " +
               std::to_string(tensor.zero_points.size()) + " zero points, expected one of each");
  const float scale = tensor.scales[0];
  const int64_t zero_point = tensor.zero_points.empty() ? 0 : tensor.zero_points[0];
  if (!std::isfinite(scale) || !(scale > 0))
    FailTflite(name + "has scale " + std::to_string(scale) + ", expected a positive number");
  if (zero_point < -128 || zero_point > 127)
    FailTflite(name + "has zero point " + std::to_string(zero_point) + ", outside int8");
  return {scale, static_cast<int>(zero_point)};
}

TfliteGraph::TfliteGraph(const TfliteFile& file, RoundingMode rounding)
    : file_(file), reads_(file.tensors.size()), values_(file.tensors.size()) {
  for (const FileOperator& op : file.operators)
    for (int32_t index : op.inputs)
      if (index >= 0) reads_[Index(index)].Add(&op);
  for (int32_t index : file.outputs) reads_[Index(index)].Add(nullptr);
  result_.rounding_mode = rounding;
  Network& network = result_.network;
  if (file.inputs.empty())
    FailTflite("has 0 inputs, expected one or more", ErrorCode::kUnsupported);
  if (file.inputs.size() == 1) {
    network.input = ShapeOf(tensor(file.inputs[0]).dims);
    AddInput(file.inputs[0], kNetworkInput);
    return;
  }
  if (file.inputs.size() > kMaxInputs) FailTflite("has over 256 inputs", ErrorCode::kUnsupported);
  int64_t total = 0;
  for (int32_t index : file.inputs) total += ShapeOf(tensor(index).dims).elements();
  if (total > kMaxChannels)
    FailTflite("has inputs of over " + std::to_string(kMaxChannels) + " elements together",
               ErrorCode::kUnsupported);
  network.input = {1, 1, static_cast<int>(total)};
  int offset = 0;
  for (int32_t index : file.inputs) {
    const Shape shape = ShapeOf(tensor(index).dims);
    network.inputs.push_back(AppendInputPart(offset, shape));
    AddInput(index, network.inputs.back());
    offset += static_cast<int>(shape.elements());
  }
}

// A slice of the vector of all inputs, in its own shape. Scales are set when they are known.
int TfliteGraph::AppendInputPart(int offset, const Shape& shape) {
  Operator cut;
  cut.kind = OpKind::kSlice;
  cut.inputs = {kNetworkInput};
  cut.corner.channel = offset;
  cut.out = {1, 1, static_cast<int>(shape.elements())};
  const int slice = Append(std::move(cut), {}, -1);
  if (this->shape(slice) == shape) return slice;
  Operator reshape;
  reshape.kind = OpKind::kReshape;
  reshape.inputs = {slice};
  reshape.out = shape;
  return Append(std::move(reshape), {}, -1);
}

void TfliteGraph::AddInput(int index, int tensor) {
  const FileTensor& input = this->tensor(index);
  FileValue value;
  value.tensor = tensor;
  value.dims = input.dims;
  value.axes = MatchAxes(input.dims, shape(tensor));
  value.real = input.type != schema::TensorType::INT8;
  inputs_.push_back({tensor, false});
  const bool real = value.real;
  Define(index, std::move(value));
  if (!real) QuantizeInput(tensor, QuantizationOf(input));
}

const FileTensor& TfliteGraph::tensor(int index) const {
  const FileTensor& result = file_.tensors[Index(index)];
  if (!result.problem.empty()) FailTflite(Labelled(index, result) + " " + result.problem);
  return result;
}

int TfliteGraph::OperandIndex(const FileOperator& op, size_t which) const {
  if (which >= op.inputs.size() || op.inputs[which] < 0)
    FailTflite("operand " + std::to_string(which) + " is missing");
  return op.inputs[which];
}

const FileValue& TfliteGraph::Value(int index) const {
  const FileTensor& source = tensor(index);
  const std::optional<FileValue>& value = values_[Index(index)];
  if (value) return *value;
  FailTflite(
      Labelled(index, source) +
          (source.constant() ? " is constant, which this operator is not read with"
                             : " is read before it is computed (a cycle or a missing operator)"),
      source.constant() ? ErrorCode::kUnsupported : ErrorCode::kCorrupt);
}

const FileValue& TfliteGraph::PaddedOperand(const FileOperator& op, size_t which) const {
  const int index = OperandIndex(op, which);
  const FileValue& value = Value(index);
  if (value.real)
    FailTflite("computes in " + std::string(TypeName(tensor(index).type)) +
                   "; only full-integer int8 models are read",
               ErrorCode::kUnsupported);
  if (value.blocks != 1)
    FailTflite(
        "reads a map in the blocks of SPACE_TO_BATCH_ND; nearest: one convolution of stride 1 "
        "before BATCH_TO_SPACE_ND",
        ErrorCode::kUnsupported);
  return value;
}

// What no window takes in.
void TfliteGraph::AppendPad(FileValue* value) {
  const Shape padded = ShapeOf(value->dims);
  const Padding p = value->padding;
  value->padding = {};
  Operator op;
  op.kind = OpKind::kPad;
  op.padding = p;
  op.inputs = {AsShape(*value, {padded.height - p.top - p.bottom, padded.width - p.left - p.right,
                                padded.channels})};
  op.out = padded;
  QuantizedParameters parameters;
  parameters.output = quantization(value->tensor);
  value->tensor = Append(std::move(op), std::move(parameters), -1);
  value->axes = MatchAxes(value->dims, padded);
}

const FileOperator* TfliteGraph::OnlyReader(int index) const {
  const Reads& reads = reads_[Index(index)];
  return reads.count == 1 ? reads.last : nullptr;
}

bool TfliteGraph::IsRead(int index) const { return reads_[Index(index)].count > 0; }

const FileValue& TfliteGraph::Operand(const FileOperator& op, size_t which) {
  const FileValue& value = PaddedOperand(op, which);
  if (value.padding != 0) AppendPad(&*values_[Index(OperandIndex(op, which))]);
  if (!InOrder(value))
    FailTflite(
        "reads a TRANSPOSE that moves data; nearest: TRANSPOSE of axes of size 1, or "
        "before MEAN",
        ErrorCode::kUnsupported);
  return value;
}

int TfliteGraph::AsShape(const FileValue& value, const Shape& wanted) {
  if (shape(value.tensor) == wanted) return value.tensor;
  Operator op;
  op.kind = OpKind::kReshape;
  op.inputs = {value.tensor};
  op.out = wanted;
  QuantizedParameters parameters;
  parameters.output = quantization(value.tensor);
  return Append(std::move(op), std::move(parameters), -1);
}

void TfliteGraph::Define(int index, FileValue value) {
  std::optional<FileValue>& slot = values_[Index(index)];
  const FileTensor& target = tensor(index);
  if (slot || target.constant())
    FailTflite(Labelled(index, target) + " is computed twice or constant");
  if (value.tensor >= 0 && !value.real && value.padding == 0 && InOrder(value)) {
    int& first = file_tensors_[Index(value.tensor)];
    if (first < 0) first = index;
  }
  slot = std::move(value);
}

int TfliteGraph::Append(Operator op, QuantizedParameters parameters, int index) {
  Network& network = result_.network;
  weight_bytes_ += static_cast<int64_t>(parameters.weights.size());
  if (weight_bytes_ > kMaxWeightBytes)
    FailTflite("brings the weights over 256 MiB", ErrorCode::kUnsupported);
  op.in = shape(op.inputs[0]);
  parameters.rounding = OperatorRounding(op.kind, rounding());
  network.operators.push_back(std::move(op));
  result_.parameters.push_back(std::move(parameters));
  file_tensors_.push_back(-1);
  const int made = network.operator_count() - 1;
  if (Expected<void> legal = VerifyOperator(network, made); !legal)
    FailTflite(legal.error().message, ErrorCode::kCorrupt);
  if (index >= 0) {
    FileValue value;
    value.tensor = made;
    value.dims = tensor(index).dims;
    value.axes = MatchAxes(value.dims, shape(made));
    Define(index, std::move(value));
  }
  return made;
}

bool TfliteGraph::IsInput(int tensor) const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [&](const ModelInput& input) { return input.tensor == tensor; });
}

void TfliteGraph::QuantizeInput(int tensor, const TensorQuantization& quantization) {
  ModelInput& input = *std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const ModelInput& i) { return i.tensor == tensor; });
  if (input.quantized && !(this->quantization(tensor) == quantization))
    FailTflite("quantises the network's input a second time, differently", ErrorCode::kUnsupported);
  input.quantized = true;
  if (&input == &inputs_.front()) result_.input = quantization;
  for (int t = tensor; t != kNetworkInput;) {
    result_.parameters_of(t).output = quantization;
    t = result_.network.op(t).inputs[0];
  }
}

// Our tensor behind the file's output; a copy where one tensor is several outputs.
int TfliteGraph::OutputTensor(int index) {
  const FileValue& value = Value(index);
  const std::string name = "output " + Labelled(index, tensor(index));
  if (value.padding != 0 && value.blocks == 1) AppendPad(&*values_[Index(index)]);
  if (value.tensor == kNetworkInput) FailTflite(name + " is not computed", ErrorCode::kUnsupported);
  if (value.blocks != 1 || !InOrder(value))
    FailTflite(name + " comes out of SPACE_TO_BATCH_ND or TRANSPOSE; nearest: leave them out",
               ErrorCode::kUnsupported);
  const std::vector<int>& outputs = result_.network.outputs;
  if (std::find(outputs.begin(), outputs.end(), value.tensor) == outputs.end()) return value.tensor;
  Operator copy;
  copy.kind = OpKind::kReshape;
  copy.inputs = {value.tensor};
  copy.out = shape(value.tensor);
  QuantizedParameters parameters;
  parameters.output = quantization(value.tensor);
  return Append(std::move(copy), std::move(parameters), -1);
}

QuantizedNetwork TfliteGraph::Finish(std::vector<int>* file_tensors) && {
  Network& network = result_.network;
  if (file_.outputs.empty()) FailTflite("has no outputs");
  for (int32_t index : file_.outputs) network.outputs.push_back(OutputTensor(index));
  const int last = network.operator_count() - 1;
  if (network.outputs == std::vector<int>{last}) network.outputs.clear();
  if (file_tensors != nullptr) *file_tensors = std::move(file_tensors_);
  return std::move(result_);
}

}  // namespace mcunas
