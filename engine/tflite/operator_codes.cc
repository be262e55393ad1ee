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

using Code = schema::BuiltinOperator;
using K = OpKind;
using A = Activation;

// What a TFLite operator is here: one function of a byte, or an operator on two values, whose kind
// depends on whether the second one is constant.
struct CodeRow {
  Code code;
  OpKind kind;
  OpKind with_constants;  // the same kind where there are none
  int version = 2;
  Activation activation = Activation::kNone;
};
constexpr CodeRow kRows[] = {
    {Code::ADD, K::kAdd, K::kAddConstant},
    {Code::SUB, K::kSubtract, K::kSubtractConstant},
    {Code::MUL, K::kMultiply, K::kMultiplyConstant},
    {Code::MAXIMUM, K::kMaximum, K::kMaximumConstant},
    {Code::MINIMUM, K::kMinimum, K::kMinimumConstant},
    {Code::PRELU, K::kPRelu, K::kPRelu, 1},
    {Code::LOGISTIC, K::kLogistic, K::kLogistic},
    {Code::TANH, K::kTanh, K::kTanh},
    {Code::HARD_SWISH, K::kHardSwish, K::kHardSwish, 1},
    {Code::LEAKY_RELU, K::kLeakyRelu, K::kLeakyRelu},
    {Code::QUANTIZE, K::kRequantize, K::kRequantize},
    {Code::RELU, K::kRequantize, K::kRequantize, 2, A::kRelu},
    {Code::RELU6, K::kRequantize, K::kRequantize, 2, A::kRelu6},
    {Code::RELU_N1_TO_1, K::kRequantize, K::kRequantize, 1, A::kReluN1To1},
};

}  // namespace

int CodeVersion(schema::BuiltinOperator code) {
  for (const CodeRow& row : kRows)
    if (row.code == code) return row.version;
  switch (code) {
    case Code::RESHAPE:
      return 1;
    case Code::CONV_2D:
    case Code::DEPTHWISE_CONV_2D:
    case Code::RESIZE_BILINEAR:  // half_pixel_centers
    case Code::RESIZE_NEAREST_NEIGHBOR:
      return 3;
    case Code::FULLY_CONNECTED:
    case Code::TRANSPOSE_CONV:  // bias and activation
      return 4;
    default:  // TFLite's enum, not ours; int8 mostly came second
      return 2;
  }
}

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

schema::BuiltinOperator ElementwiseCode(const Operator& op) {
  for (const CodeRow& row : kRows) {
    const bool same = row.kind == op.kind || row.with_constants == op.kind;
    if (same && (op.kind != OpKind::kRequantize || row.activation == op.activation))
      return row.code;
  }
  MCUNAS_CHECK(false, "an operator that no code stands for");
}

ElementwiseKind ElementwiseKindOf(schema::BuiltinOperator code, bool constants) {
  for (const CodeRow& row : kRows)
    if (row.code == code) return {constants ? row.with_constants : row.kind, row.activation};
  MCUNAS_CHECK(false, "no code of an operator element by element");
}

schema::BuiltinOptionsUnion PairwiseOptions(const Operator& op) {
  const Code code = ElementwiseCode(op);
  if (code == Code::ADD) return WithActivation<schema::AddOptionsT>(op.activation);
  if (code == Code::SUB) return WithActivation<schema::SubOptionsT>(op.activation);
  if (code == Code::MUL) return WithActivation<schema::MulOptionsT>(op.activation);
  MCUNAS_CHECK(!TakesActivation(op.kind), "an operator whose activation finds no place");
  return {};
}

}  // namespace mcunas
