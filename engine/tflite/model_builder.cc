#include <memory>

#include "common/check.h"
#include "engine/tflite/model_builder_internal.h"
#include "engine/tflite/operator_codes_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

constexpr uint32_t kSchemaVersion = 3;
constexpr int64_t kMaxModelBytes = int64_t{2000} << 20;  // FlatBuffers end at 2 GiB

template <typename T>
std::span<const uint8_t> AsBytes(const std::vector<T>& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)};
}

// Two values in each byte, the first one in the low half.
std::vector<uint8_t> PackInt4(const std::vector<int8_t>& values) {
  std::vector<uint8_t> bytes((values.size() + 1) / 2, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    MCUNAS_CHECK(values[i] >= -8 && values[i] <= 7, "a weight of 4 bits is outside [-8, 7]");
    bytes[i / 2] |= static_cast<uint8_t>((values[i] & 15) << (i % 2 == 0 ? 0 : 4));
  }
  return bytes;
}

std::unique_ptr<schema::QuantizationParametersT> Quantization(std::vector<float> scales,
                                                              int64_t zero_point, int dimension) {
  auto result = std::make_unique<schema::QuantizationParametersT>();
  result->zero_point.assign(scales.size(), zero_point);
  result->scale = std::move(scales);
  result->quantized_dimension = dimension;
  return result;
}

}  // namespace

ModelBuilder::ModelBuilder(const std::string& name) {
  model_.version = kSchemaVersion;
  model_.description = "mcunas";
  model_.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  graph().name = name;
  // Buffer 0 is empty by convention: tensors computed at run time point to it.
  model_.buffers.push_back(std::make_unique<schema::BufferT>());
}

schema::TensorT& ModelBuilder::AddTensor(const std::string& name, const std::vector<int32_t>& shape,
                                         schema::TensorType type) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = name;
  tensor->shape = shape;
  tensor->type = type;
  graph().tensors.push_back(std::move(tensor));
  return *graph().tensors.back();
}

// Scalars of a FlatBuffer are little-endian, as is every machine that we build for.
void ModelBuilder::SetData(schema::TensorT* tensor, std::span<const uint8_t> bytes) {
  tensor->buffer = static_cast<uint32_t>(model_.buffers.size());
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->data.assign(bytes.begin(), bytes.end());
  model_.buffers.push_back(std::move(buffer));
}

int ModelBuilder::AddActivation(const std::string& name, const std::vector<int32_t>& shape,
                                const TensorQuantization& quantization) {
  schema::TensorT& tensor = AddTensor(name, shape, schema::TensorType::INT8);
  tensor.quantization = Quantization({quantization.scale}, quantization.zero_point, 0);
  return LastTensor();
}

int ModelBuilder::AddWeights(const std::string& name, const std::vector<int32_t>& shape,
                             const QuantizedParameters& parameters, int dimension, int bits) {
  const bool packed = bits == 4;
  schema::TensorT& tensor =
      AddTensor(name, shape, packed ? schema::TensorType::INT4 : schema::TensorType::INT8);
  tensor.quantization = Quantization(parameters.weight_scales, 0, dimension);
  if (packed) {
    SetData(&tensor, PackInt4(parameters.weights));
  } else {
    SetData(&tensor, AsBytes(parameters.weights));
  }
  return LastTensor();
}

int ModelBuilder::AddConstants(const std::string& name, const std::vector<int32_t>& shape,
                               const QuantizedParameters& parameters) {
  schema::TensorT& tensor = AddTensor(name, shape, schema::TensorType::INT8);
  tensor.quantization =
      Quantization({parameters.constant.scale}, parameters.constant.zero_point, 0);
  SetData(&tensor, AsBytes(parameters.weights));
  return LastTensor();
}

int ModelBuilder::AddBias(const std::string& name, const QuantizedParameters& parameters,
                          float input_scale) {
  std::vector<float> scales;
  for (float weight_scale : parameters.weight_scales) scales.push_back(input_scale * weight_scale);
  schema::TensorT& tensor =
      AddTensor(name, {static_cast<int32_t>(parameters.bias.size())}, schema::TensorType::INT32);
  tensor.quantization = Quantization(std::move(scales), 0, 0);
  SetData(&tensor, AsBytes(parameters.bias));
  return LastTensor();
}

int ModelBuilder::AddIndices(const std::string& name, const std::vector<int32_t>& shape,
                             const std::vector<int32_t>& values) {
  SetData(&AddTensor(name, shape, schema::TensorType::INT32), AsBytes(values));
  return LastTensor();
}

uint32_t ModelBuilder::OpcodeIndex(schema::BuiltinOperator code) {
  for (size_t i = 0; i < model_.operator_codes.size(); ++i) {
    if (model_.operator_codes[i]->builtin_code == code) return static_cast<uint32_t>(i);
  }
  auto entry = std::make_unique<schema::OperatorCodeT>();
  entry->builtin_code = code;
  entry->deprecated_builtin_code = static_cast<int8_t>(code);  // ours are all below 127
  entry->version = CodeVersion(code);
  model_.operator_codes.push_back(std::move(entry));
  return static_cast<uint32_t>(model_.operator_codes.size() - 1);
}

void ModelBuilder::AddOperator(schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                               int output, schema::BuiltinOptionsUnion options) {
  AddOperator(code, inputs, std::vector<int32_t>{output}, std::move(options));
}

void ModelBuilder::AddOperator(schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                               const std::vector<int32_t>& outputs,
                               schema::BuiltinOptionsUnion options) {
  auto op = std::make_unique<schema::OperatorT>();
  op->opcode_index = OpcodeIndex(code);
  op->inputs = inputs;
  op->outputs = outputs;
  op->builtin_options = std::move(options);
  graph().operators.push_back(std::move(op));
}

std::vector<uint8_t> ModelBuilder::Finish(const std::vector<int32_t>& inputs,
                                          const std::vector<int32_t>& outputs) && {
  graph().inputs = inputs;
  graph().outputs = outputs;
  int64_t bytes = 0;
  for (const auto& buffer : model_.buffers) bytes += static_cast<int64_t>(buffer->data.size());
  MCUNAS_CHECK(bytes < kMaxModelBytes, "a .tflite file ends at 2 GiB");
  flatbuffers::FlatBufferBuilder builder(static_cast<size_t>(bytes) + (1 << 16));
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model_));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

}  // namespace mcunas
