// One function per family of TFLite operators: each reads one operator of a file into the graph.
// All throw TfliteFailure without naming the operator.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {

// Windows with weights, and FULLY_CONNECTED.
void ReadConv(const FileOperator& op, TfliteGraph* graph);
void ReadDepthwise(const FileOperator& op, TfliteGraph* graph);
void ReadTransposeConv(const FileOperator& op, TfliteGraph* graph);
void ReadFullyConnected(const FileOperator& op, TfliteGraph* graph);

// Weights, scales, bias and output of an operator whose input and output shape are known; refuses
// accumulators that could reach 2^30. `dimension`: of the weights' shape, the output channels.
QuantizedParameters ReadWeighted(const FileOperator& op, const Operator& made, int dimension,
                                 const TfliteGraph& graph);
// 4 where the weights are INT4.
int WeightBits(const FileOperator& op, const TfliteGraph& graph);
// The shape of the weights, which must have `rank` dimensions.
const std::vector<int>& WeightDims(const FileOperator& op, const TfliteGraph& graph, size_t rank);

// Pools, MEAN and REDUCE_MAX.
void ReadPool(const FileOperator& op, TfliteGraph* graph);
void ReadMean(const FileOperator& op, TfliteGraph* graph);

// Element by element, and over channels.
void ReadPairwise(const FileOperator& op, TfliteGraph* graph);  // ADD, MAXIMUM, PRELU, ...
void ReadSoftmax(const FileOperator& op, TfliteGraph* graph);
void ReadFunction(const FileOperator& op, TfliteGraph* graph);  // of one byte: LOGISTIC, RELU, ...
void ReadConcatenation(const FileOperator& op, TfliteGraph* graph);

// Parts of a map, and maps of another size.
void ReadSlice(const FileOperator& op, TfliteGraph* graph);  // and STRIDED_SLICE
void ReadSplit(const FileOperator& op, TfliteGraph* graph);  // and SPLIT_V
void ReadResize(const FileOperator& op, TfliteGraph* graph);

// What leaves no operator behind; QUANTIZE does where it changes scale or zero point.
void ReadQuantize(const FileOperator& op, TfliteGraph* graph);
void ReadDequantize(const FileOperator& op, TfliteGraph* graph);
void ReadPad(const FileOperator& op, TfliteGraph* graph);  // and PADV2
void ReadSpaceToBatch(const FileOperator& op, TfliteGraph* graph);
void ReadBatchToSpace(const FileOperator& op, TfliteGraph* graph);
void ReadTranspose(const FileOperator& op, TfliteGraph* graph);
void ReadReshape(const FileOperator& op, TfliteGraph* graph);  // and SQUEEZE, EXPAND_DIMS

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
