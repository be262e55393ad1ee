// What the writer of one operator works with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/tflite/model_builder_internal.h"
#include "engine/tflite/write_tflite.h"
#include "network/quantized_network.h"

namespace mcunas {

inline std::vector<int32_t> Dimensions(const Shape& s) {
  return {1, s.height, s.width, s.channels};
}

template <typename Options>
tflite_schema::BuiltinOptionsUnion Union(Options options) {
  tflite_schema::BuiltinOptionsUnion result;
  result.Set(std::move(options));
  return result;
}

struct WriteContext {
  const QuantizedNetwork& network;
  ModelBuilder builder;
  PerTensor<int> tensors;  // of the file: what readers of the tensor read
  int index = 0;           // of the operator being written

  const QuantizedParameters& Parameters() const { return network.parameters_of(index); }
  int Operand(const Operator& op, size_t which) const { return tensors[op.inputs[which]]; }
  std::string Name(const std::string& part) const { return std::to_string(index) + "_" + part; }
  int AddOutput(const std::vector<int32_t>& shape) {
    return builder.AddActivation(TfliteTensorName(network.network, index), shape,
                                 Parameters().output);
  }
};

}  // namespace mcunas
