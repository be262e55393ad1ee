#include <utility>

#include "common/check.h"
#include "engine/tflite/operator_codes_internal.h"

namespace mcunas {
namespace {

namespace schema = tflite_schema;

template <typename Options>
schema::BuiltinOptionsUnion WithActivation(Activation activation) {
  Options options;
  options.fused_activation_function = ActivationCode(activation);
  schema::BuiltinOptionsUnion result;
  result.Set(std::move(options));
  return result;
}

schema::BuiltinOperator RequantizeCode(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return schema::BuiltinOperator::QUANTIZE;
    case Activation::kRelu:
      return schema::BuiltinOperator::RELU;
    case Activation::kRelu6:
      return schema::BuiltinOperator::RELU6;
    case Activation::kReluN1To1:
      return schema::BuiltinOperator::RELU_N1_TO_1;
  }
  MCUNAS_CHECK(false, "activation of no known kind");
}

}  // namespace

schema::ActivationFunctionType ActivationCode(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return schema::ActivationFunctionType::NONE;
    case Activation::kRelu:
      return schema::ActivationFunctionType::RELU;
    case Activation::kRelu6:
      return schema::ActivationFunctionType::RELU6;
    case Activation::kReluN1To1:
      return schema::ActivationFunctionType::RELU_N1_TO_1;
  }
  MCUNAS_CHECK(false, "activation of no known kind");
}

schema::BuiltinOperator FunctionCode(const Operator& op) {
  switch (op.kind) {
    case OpKind::kLogistic:
      return schema::BuiltinOperator::LOGISTIC;
    case OpKind::kTanh:
      return schema::BuiltinOperator::TANH;
    case OpKind::kHardSwish:
      return schema::BuiltinOperator::HARD_SWISH;
    case OpKind::kLeakyRelu:
      return schema::BuiltinOperator::LEAKY_RELU;
    case OpKind::kRequantize:
      return RequantizeCode(op.activation);
    default:
      MCUNAS_CHECK(false, "no function of one byte");
  }
}

schema::BuiltinOperator PairwiseCode(const Operator& op) {
  switch (op.kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
      return schema::BuiltinOperator::ADD;
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return schema::BuiltinOperator::SUB;
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return schema::BuiltinOperator::MUL;
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
      return schema::BuiltinOperator::MAXIMUM;
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return schema::BuiltinOperator::MINIMUM;
    default:
      MCUNAS_CHECK(false, "no operator on two");
  }
}

schema::BuiltinOptionsUnion PairwiseOptions(const Operator& op) {
  switch (PairwiseCode(op)) {
    case schema::BuiltinOperator::ADD:
      return WithActivation<schema::AddOptionsT>(op.activation);
    case schema::BuiltinOperator::SUB:
      return WithActivation<schema::SubOptionsT>(op.activation);
    case schema::BuiltinOperator::MUL:
      return WithActivation<schema::MulOptionsT>(op.activation);
    default:
      return {};
  }
}

}  // namespace mcunas
