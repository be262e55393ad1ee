#include "engine/reference/interpreter.h"

#include "common/check.h"
#include "common/index.h"
#include "engine/reference/byte_functions.h"
#include "engine/reference/move_bytes.h"
#include "engine/reference/pairs.h"
#include "engine/reference/pools.h"
#include "engine/reference/softmax.h"
#include "engine/reference/weighted_sums.h"

namespace mcunas {
namespace {

using Bytes8 = std::span<const int8_t>;

std::vector<int8_t> RunFunction(const QuantizedNetwork& network, int index, Bytes8 input) {
  const ByteFunction function = FunctionOfByte(network, index);
  std::vector<int8_t> output;
  output.reserve(input.size());
  for (int8_t value : input) output.push_back(function[Index(value + 128)]);
  return output;
}

std::vector<int8_t> RunGeometry(const Operator& op, int zero_point,
                                const std::vector<Bytes8>& inputs) {
  switch (op.kind) {
    case OpKind::kResizeNearest:
      return RunResizeNearest(op, inputs[0]);
    case OpKind::kResizeBilinear:
      return RunResizeBilinear(op, inputs[0]);
    case OpKind::kConcatenation:
      return RunConcatenation(op, inputs);
    case OpKind::kReshape:
      return {inputs[0].begin(), inputs[0].end()};
    case OpKind::kSlice:
      return RunSlice(op, inputs[0]);
    case OpKind::kPad:
      return RunPad(op, zero_point, inputs[0]);
    default:
      MCUNAS_CHECK(false, "an operator that the interpreter does not know");
  }
}

}  // namespace

std::vector<int8_t> RunReferenceOperator(const QuantizedNetwork& network, int index,
                                         const std::vector<std::span<const int8_t>>& inputs) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  MCUNAS_CHECK(inputs.size() == op.inputs.size(), "wrong number of operands");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int64_t expected = network.network.tensor_shape(op.inputs[i]).elements();
    MCUNAS_CHECK(static_cast<int64_t>(inputs[i].size()) == expected, "wrong operand size");
  }
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return RunWeighted(network, index, inputs[0]);
    case OpFamily::kPool:
      return RunPool(network, index, inputs[0]);
    case OpFamily::kPairwise:
      return RunPair(network, index, inputs[0], inputs[1]);
    case OpFamily::kConstants:
      return RunPair(network, index, inputs[0], p.weights);
    case OpFamily::kFunction:
      return RunFunction(network, index, inputs[0]);
    case OpFamily::kSoftmax:
      return RunSoftmax(network, index, inputs[0]);
    case OpFamily::kGeometry:
      return RunGeometry(op, network.tensor(op.inputs[0]).zero_point, inputs);
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

std::vector<std::vector<int8_t>> RunReferenceAllTensors(const QuantizedNetwork& network,
                                                        std::span<const int8_t> input) {
  std::vector<std::vector<int8_t>> outputs;
  const Network& net = network.network;
  MCUNAS_CHECK(network.parameters.size() == net.operators.size(),
               "one set of parameters per operator");
  outputs.reserve(net.operators.size());
  for (int i = 0; i < net.operator_count(); ++i) {
    std::vector<Bytes8> operands;
    for (int tensor : net.op(i).inputs) {
      operands.push_back(tensor == kNetworkInput ? input : Bytes8(outputs[Index(tensor)]));
    }
    outputs.push_back(RunReferenceOperator(network, i, operands));
  }
  return outputs;
}

std::vector<int8_t> RunReference(const QuantizedNetwork& network, std::span<const int8_t> input) {
  const std::vector<std::vector<int8_t>> all = RunReferenceAllTensors(network, input);
  std::vector<int8_t> outputs;
  for (int tensor : OutputTensors(network.network)) {
    const std::vector<int8_t>& one = all[Index(tensor)];
    outputs.insert(outputs.end(), one.begin(), one.end());
  }
  return outputs;
}

}  // namespace mcunas
