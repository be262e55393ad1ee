#include "engine/tflite/operator_fields_internal.h"

#include <cmath>
#include <cstring>
#include <string>

namespace mcunas {

namespace schema = tflite_schema;

Activation ReadActivation(schema::ActivationFunctionType code) {
  switch (code) {
    case schema::ActivationFunctionType::NONE:
      return Activation::kNone;
    case schema::ActivationFunctionType::RELU:
      return Activation::kRelu;
    case schema::ActivationFunctionType::RELU6:
      return Activation::kRelu6;
    case schema::ActivationFunctionType::RELU_N1_TO_1:
      return Activation::kReluN1To1;
    default:
      FailTflite(std::string("has fused activation ") +
                     schema::EnumNameActivationFunctionType(code) +
                     "; nearest: RELU, RELU6 or RELU_N1_TO_1",
                 ErrorCode::kUnsupported);
  }
}

std::vector<int32_t> ReadIndices(const FileOperator& op, size_t which, const TfliteGraph& graph) {
  const FileTensor& tensor = graph.tensor(graph.OperandIndex(op, which));
  if (!tensor.constant() || tensor.type != schema::TensorType::INT32)
    FailTflite("operand '" + tensor.name + "' is not constant INT32", ErrorCode::kUnsupported);
  constexpr size_t kMost = 2 * 8;  // two numbers for each of 8 dimensions
  const size_t count = tensor.data.size() / sizeof(int32_t);
  if (tensor.data.size() % sizeof(int32_t) != 0 || count > kMost ||
      static_cast<int64_t>(count) != tensor.elements())
    FailTflite("operand '" + tensor.name + "' has " + std::to_string(tensor.data.size()) +
               " bytes, expected 4 for each of its elements");
  std::vector<int32_t> values(count);
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

int OnlyOutput(const FileOperator& op) {
  if (op.outputs.size() != 1)
    FailTflite("has " + std::to_string(op.outputs.size()) + " outputs, expected one");
  return op.outputs[0];
}

void CheckMultiplier(double real, double limit) {
  if (!std::isfinite(real) || !(real < limit))
    FailTflite("has scales that give a multiplier of " + std::to_string(real) +
               ", outside what fixed point holds");
}

void CheckCopies(const TensorQuantization& input, const TensorQuantization& output) {
  // TFLite's own tolerance.
  if (input.zero_point == output.zero_point && std::abs(input.scale - output.scale) <= 1e-6f)
    return;
  FailTflite("copies values between scales " + std::to_string(input.scale) + " and " +
                 std::to_string(output.scale) + " (zero points " +
                 std::to_string(input.zero_point) + " and " + std::to_string(output.zero_point) +
                 "); nearest: one scale and zero point for both",
             ErrorCode::kUnsupported);
}

}  // namespace mcunas
