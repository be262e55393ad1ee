#include "engine/tflite/write_tflite.h"

#include <utility>
#include <vector>

#include "common/check.h"
#include "common/index.h"
#include "engine/tflite/write_context_internal.h"
#include "engine/tflite/write_elements_internal.h"
#include "engine/tflite/write_geometry_internal.h"
#include "engine/tflite/write_pools_internal.h"
#include "engine/tflite/write_weighted_internal.h"

namespace mcunas {
namespace {

// The tensor that later operators read.
int WriteOperator(WriteContext* to, const Operator& op) {
  switch (FamilyOf(op.kind)) {
    case OpFamily::kWeighted:
      return WriteWeighted(to, op);
    case OpFamily::kPool:
      return WritePools(to, op);
    case OpFamily::kPairwise:
    case OpFamily::kConstants:
    case OpFamily::kFunction:
      return WriteElementwise(to, op);
    case OpFamily::kSoftmax:
      return WriteSoftmax(to, op);
    case OpFamily::kGeometry:
      return WriteGeometry(to, op);
  }
  MCUNAS_CHECK(false, "an operator of no family");
}

}  // namespace

std::vector<uint8_t> WriteTflite(const QuantizedNetwork& network) {
  const Network& net = network.network;
  WriteContext to{network, ModelBuilder(net.name), {}};
  std::vector<int32_t> inputs;
  std::vector<int> input_of(net.operators.size(), -1);  // tensor of the file, of inputs' operators
  for (const InputPart& part : InputParts(net)) {
    const std::string name =
        net.inputs.empty() ? "input" : "input_" + std::to_string(inputs.size());
    inputs.push_back(
        to.builder.AddActivation(name, Dimensions(part.shape), network.tensor(part.tensor)));
    if (part.tensor == kNetworkInput) continue;
    input_of[Index(part.tensor)] = inputs.back();
    input_of[Index(part.slice)] = inputs.back();
  }
  to.tensors.push_back(inputs.front());
  for (to.index = 0; to.index < net.operator_count(); ++to.index) {
    const int input = input_of[Index(to.index)];
    to.tensors.push_back(input >= 0 ? input : WriteOperator(&to, net.op(to.index)));
  }
  std::vector<int32_t> outputs;
  for (int tensor : OutputTensors(net)) outputs.push_back(to.tensors[tensor]);
  return std::move(to.builder).Finish(inputs, outputs);
}

std::string TfliteTensorName(const Network& network, int op) {
  if (op == kNetworkInput) return "input";
  return std::to_string(op) + "_" + OpName(network.op(op).kind);
}

}  // namespace mcunas
