// What the writer of one operator works with, and one function per family of operators.
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

// Each writes the operator at hand and returns the tensor that later operators read.
int WriteWeighted(WriteContext* to, const Operator& op);
int WritePools(WriteContext* to, const Operator& op);  // and means
int WriteElementwise(WriteContext* to, const Operator& op);
int WriteSoftmax(WriteContext* to, const Operator& op);
int WriteGeometry(WriteContext* to, const Operator& op);

// Pieces that several families are made of.
int WriteReshape(WriteContext* to, const Shape& shape, int from, int output);
void AddPad(WriteContext* to, int operand, const Padding& p, int output);
void AddConcatenation(WriteContext* to, const std::vector<int32_t>& parts, int axis, int output);
// A part of a map: SLICE.
void AddWholeSlice(WriteContext* to, int operand, const Corner& c, const Shape& shape, int output);
// Every stride-th row and column of one: STRIDED_SLICE.
struct StridedPart {
  int row, column, stop_row, stop_column;
  Extent stride;
  int channels;  // the last one plus one
  int channel = 0;
};
void AddSlice(WriteContext* to, int operand, const StridedPart& s, int output);

}  // namespace mcunas
