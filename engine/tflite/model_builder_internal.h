// Collects tensors, constants and operators of one .tflite model in the order of the file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model_generated.h"
#include "network/quantized_network.h"

namespace mcunas {

class ModelBuilder {
 public:
  explicit ModelBuilder(const std::string& name);

  // Each returns the new tensor's index.
  int AddActivation(const std::string& name, const std::vector<int32_t>& shape,
                    const TensorQuantization& quantization);
  // Per-channel symmetric weights, INT8 or, of 4 bits, INT4; `dimension` is the channel's place in
  // `shape`.
  int AddWeights(const std::string& name, const std::vector<int32_t>& shape,
                 const QuantizedParameters& parameters, int dimension, int bits);
  // The constants of add and multiply, with one scale and zero point.
  int AddConstants(const std::string& name, const std::vector<int32_t>& shape,
                   const QuantizedParameters& parameters);
  int AddBias(const std::string& name, const QuantizedParameters& parameters, float input_scale);
  int AddIndices(const std::string& name, const std::vector<int32_t>& shape,
                 const std::vector<int32_t>& values);

  void AddOperator(tflite_schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                   int output, tflite_schema::BuiltinOptionsUnion options);

  void AddOperator(tflite_schema::BuiltinOperator code, const std::vector<int32_t>& inputs,
                   const std::vector<int32_t>& outputs, tflite_schema::BuiltinOptionsUnion options);

  std::vector<uint8_t> Finish(const std::vector<int32_t>& inputs,
                              const std::vector<int32_t>& outputs) &&;
  std::vector<uint8_t> Finish(int input, const std::vector<int32_t>& outputs) && {
    return std::move(*this).Finish(std::vector<int32_t>{input}, outputs);
  }

 private:
  tflite_schema::TensorT& AddTensor(const std::string& name, const std::vector<int32_t>& shape,
                                    tflite_schema::TensorType type);
  void SetData(tflite_schema::TensorT* tensor, std::span<const uint8_t> bytes);
  uint32_t OpcodeIndex(tflite_schema::BuiltinOperator code);
  int LastTensor() const { return static_cast<int>(graph().tensors.size()) - 1; }
  tflite_schema::SubGraphT& graph() { return *model_.subgraphs.front(); }
  const tflite_schema::SubGraphT& graph() const { return *model_.subgraphs.front(); }

  tflite_schema::ModelT model_;
};

}  // namespace mcunas
