#include <algorithm>
#include <limits>

#include "engine/tflite/tflite_file_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

constexpr size_t kMaxRank = 8;
constexpr size_t kMaxNameLength = 80;
constexpr size_t kMaxOperands = size_t{1} << 20;  // of all operators together
constexpr size_t kMaxOutputs = 256;
constexpr uint32_t kSchemaVersion = 3;

template <typename T>
std::span<const T> AsSpan(const flatbuffers::Vector<T>* vector) {
  if (vector == nullptr) return {};
  // The verifier looks at the alignment of lengths only.
  if (reinterpret_cast<uintptr_t>(vector->Data()) % alignof(T) != 0)
    FailTflite("is damaged: a vector of numbers is not aligned");
  return {reinterpret_cast<const T*>(vector->Data()), vector->size()};
}

std::string ShortName(const flatbuffers::String* name) {
  if (name == nullptr) return "";
  return {name->c_str(), std::min<size_t>(name->size(), kMaxNameLength)};
}

std::string TensorLabel(size_t index, const std::string& name) {
  return "tensor " + std::to_string(index) + " ('" + name + "'): ";
}

// Why a tensor of this shape cannot be used; empty if it can.
std::string ShapeProblem(std::span<const int32_t> shape) {
  if (shape.size() > kMaxRank) return "has over 8 dimensions";
  int64_t elements = 1;
  for (int32_t size : shape) {
    if (size < 1) return "has a dimension of " + std::to_string(size);
    elements *= size;
    if (elements > std::numeric_limits<int32_t>::max()) return "has over 2^31 - 1 elements";
  }
  return "";
}

std::span<const uint8_t> ReadBuffer(const schema::Model& model, uint32_t index,
                                    const std::string& label) {
  const auto* buffers = model.buffers();
  const uint32_t count = buffers == nullptr ? 0 : buffers->size();
  if (index == 0 && count == 0) return {};
  if (index >= count)
    FailTflite(label + "refers to buffer " + std::to_string(index) + " of " +
               std::to_string(count));
  const schema::Buffer* buffer = buffers->Get(index);
  if (buffer->offset() != 0 || buffer->size() != 0)
    FailTflite(label + "keeps its data outside the FlatBuffer", ErrorCode::kUnsupported);
  return AsSpan(buffer->data());
}

FileTensor ReadTensor(const schema::Model& model, const schema::Tensor& table, size_t index) {
  FileTensor tensor;
  tensor.name = ShortName(table.name());
  const std::string label = TensorLabel(index, tensor.name);
  const std::span<const int32_t> shape = AsSpan(table.shape());
  tensor.problem = ShapeProblem(shape);
  if (tensor.problem.empty()) tensor.dims.assign(shape.begin(), shape.end());
  tensor.type = table.type();
  tensor.data = ReadBuffer(model, table.buffer(), label);
  tensor.sparse = table.sparsity() != nullptr;
  if (const schema::QuantizationParameters* q = table.quantization()) {
    tensor.scales = AsSpan(q->scale());
    tensor.zero_points = AsSpan(q->zero_point());
    tensor.quantized_dimension = q->quantized_dimension();
  }
  return tensor;
}

void ReadCode(const schema::Model& model, const schema::Operator& table, FileOperator* op) {
  const auto* codes = model.operator_codes();
  const uint32_t count = codes == nullptr ? 0 : codes->size();
  if (table.opcode_index() >= count)
    FailTflite("refers to operator code " + std::to_string(table.opcode_index()) + " of " +
               std::to_string(count));
  const schema::OperatorCode* code = codes->Get(table.opcode_index());
  // Files of before 2020 only have the old field, of one byte.
  const int value = std::max(static_cast<int>(code->builtin_code()),
                             static_cast<int>(code->deprecated_builtin_code()));
  op->code = static_cast<schema::BuiltinOperator>(value);
  const char* name = schema::EnumNameBuiltinOperator(op->code);
  op->name = name[0] != '\0' ? name : "builtin operator " + std::to_string(value);
  if (op->code == schema::BuiltinOperator::CUSTOM)
    op->name = "CUSTOM '" + ShortName(code->custom_code()) + "'";
}

void CheckTensorIndices(std::span<const int32_t> indices, int lowest, size_t count,
                        const std::string& what) {
  for (int32_t index : indices) {
    if (index < lowest || index >= static_cast<int64_t>(count))
      FailTflite(what + " " + std::to_string(index) + " is none of " + std::to_string(count) +
                 " tensors");
  }
}

FileOperator ReadOperator(const schema::Model& model, const schema::Operator& table,
                          size_t tensors) {
  FileOperator op;
  op.table = &table;
  ReadCode(model, table, &op);
  op.inputs = AsSpan(table.inputs());
  op.outputs = AsSpan(table.outputs());
  CheckTensorIndices(op.inputs, -1, tensors, op.name + ": operand");
  CheckTensorIndices(op.outputs, 0, tensors, op.name + ": output");
  return op;
}

void ReadGraph(const schema::Model& model, const schema::SubGraph& graph, TfliteFile* file) {
  if (const auto* tensors = graph.tensors()) {
    for (uint32_t i = 0; i < tensors->size(); ++i)
      file->tensors.push_back(ReadTensor(model, *tensors->Get(i), i));
  }
  size_t operands = 0;
  const auto* operators = graph.operators();
  for (uint32_t i = 0; operators != nullptr && i < operators->size(); ++i) {
    try {
      file->operators.push_back(ReadOperator(model, *operators->Get(i), file->tensors.size()));
    } catch (const TfliteFailure& failure) {
      FailTflite("operator " + std::to_string(i) + ": " + failure.message, failure.code);
    }
    operands += file->operators.back().inputs.size() + file->operators.back().outputs.size();
    if (operands > kMaxOperands) FailTflite("has over 2^20 operands");
  }
  file->inputs = AsSpan(graph.inputs());
  file->outputs = AsSpan(graph.outputs());
  CheckTensorIndices(file->inputs, 0, file->tensors.size(), "network input");
  CheckTensorIndices(file->outputs, 0, file->tensors.size(), "network output");
  if (file->outputs.size() > kMaxOutputs) FailTflite("has over 256 outputs");
  file->name = ShortName(graph.name());
}

}  // namespace

void FailTflite(const std::string& message, ErrorCode code) { throw TfliteFailure{code, message}; }

int64_t FileTensor::elements() const {
  int64_t product = 1;
  for (int size : dims) product *= size;
  return product;
}

TfliteFile OpenTfliteFile(std::span<const uint8_t> bytes) {
  // The identifier stands in bytes 4 to 7.
  if (bytes.size() < 8 || !schema::ModelBufferHasIdentifier(bytes.data()))
    FailTflite("is no .tflite file (the identifier TFL3 is missing)");
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) FailTflite("is over 2 GiB");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size());
  if (!schema::VerifyModelBuffer(verifier))
    FailTflite("is truncated or damaged: an offset or a length points outside the file");
  const schema::Model& model = *schema::GetModel(bytes.data());
  if (model.version() != kSchemaVersion)
    FailTflite("has schema version " + std::to_string(model.version()) + ", expected 3",
               ErrorCode::kUnsupported);
  if (model.subgraphs() == nullptr || model.subgraphs()->size() == 0) FailTflite("holds no graph");
  TfliteFile file;
  ReadGraph(model, *model.subgraphs()->Get(0), &file);
  return file;
}

std::string OperatorLabel(const TfliteFile& file, size_t index) {
  return "operator " + std::to_string(index) + " (" + file.operators[index].name + "): ";
}

const char* TypeName(schema::TensorType type) {
  const char* name = schema::EnumNameTensorType(type);
  return name[0] != '\0' ? name : "a type unknown to us";
}

}  // namespace mcunas
