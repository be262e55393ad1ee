// Fields that several families of operators read. Functions throw TfliteFailure without naming the
// operator.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {

// Fused activation; refuses those outside int8 inference.
Activation ReadActivation(tflite_schema::ActivationFunctionType code);
// Constant int32 operand `which`.
std::vector<int32_t> ReadIndices(const FileOperator& op, size_t which, const TfliteGraph& graph);
// The operator's only output.
int OnlyOutput(const FileOperator& op);
// Refuses multipliers that no fixed-point number holds, or with which values overflow.
void CheckMultiplier(double real, double limit = 0x1p30);
// Refuses an output whose quantisation differs from its input's, where TFLite copies values.
void CheckCopies(const TensorQuantization& input, const TensorQuantization& output);

// The options table, refused where it is of another kind of operator.
template <typename Options>
const Options& OptionsOf(const FileOperator& op) {
  const Options* options = op.table->builtin_options_as<Options>();
  if (options == nullptr) FailTflite("has no options of its own kind");
  return *options;
}

}  // namespace mcunas
