// The constants of operators with weights. Functions throw TfliteFailure without naming the
// operator.
#pragma once

#include <vector>

#include "engine/tflite/tflite_graph_internal.h"

namespace mcunas {

// Weights, scales, bias and output of an operator whose input and output shape are known; refuses
// accumulators that could reach 2^30. `dimension`: of the weights' shape, the output channels.
QuantizedParameters ReadWeighted(const FileOperator& op, const Operator& made, int dimension,
                                 const TfliteGraph& graph);
// 4 where the weights are INT4.
int WeightBits(const FileOperator& op, const TfliteGraph& graph);
// The shape of the weights, which must have `rank` dimensions.
const std::vector<int>& WeightDims(const FileOperator& op, const TfliteGraph& graph, size_t rank);

}  // namespace mcunas
