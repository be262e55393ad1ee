#include "engine/codegen/pair_kernels.h"

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "engine/codegen/fold_addition.h"
#include "engine/codegen/fold_constants.h"
#include "engine/codegen/parameters_text.h"
#include "engine/codegen/text_format.h"

namespace mcunas {
namespace {

std::string AdditionText(const GenerationInput& input, const KernelParameters& p,
                         const ParameterNames& names) {
  const auto [op, parameters, clamp] = ClampedOperatorOf(input, p);
  const FoldedAddition add = FoldAddition(input.network, p.op);
  return Format(
      "static const struct mcu_addition %s = {\n    %d, %d, %d, %d, %d, %d, %d, %d, %s, %s, %s,\n"
      "    %d, %d, %d};\n",
      names.own.c_str(), op.out.channels, input.network.tensor(op.inputs[0]).zero_point,
      SecondOperand(input.network, p.op).zero_point, parameters.output.zero_point, clamp.low,
      clamp.high, add.first_sign, add.second_sign, FactorText(add.first).c_str(),
      FactorText(add.second).c_str(), FactorText(add.output).c_str(), add.first_slope,
      add.second_slope, add.offset);
}

std::string ProductText(const GenerationInput& input, const KernelParameters& p,
                        const ParameterNames& names) {
  const auto [op, parameters, clamp] = ClampedOperatorOf(input, p);
  const FoldedProduct product = FoldProduct(input.network, p.op);
  return Format("static const struct mcu_product %s = {\n    %d, %d, %d, %d, %d, %d, %s, %s};\n",
                names.own.c_str(), op.out.channels, input.network.tensor(op.inputs[0]).zero_point,
                SecondOperand(input.network, p.op).zero_point, parameters.output.zero_point,
                clamp.low, clamp.high, RoundingText(product.rounding),
                FactorText(product.factor).c_str());
}

std::string ExtremumText(const GenerationInput& input, const KernelParameters& p,
                         const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  const bool largest = op.kind == OpKind::kMaximum || op.kind == OpKind::kMaximumConstant;
  return Format("static const struct mcu_extremum %s = {%d, %d};\n", names.own.c_str(),
                op.out.channels, largest ? 1 : 0);
}

std::string RectifierText(const GenerationInput& input, const KernelParameters& p,
                          const ParameterNames& names) {
  const auto [op, parameters, clamp] = ClampedOperatorOf(input, p);
  const FixedMultiplier positive = RequantizeMultiplier(input.network, p.op);
  const FixedMultiplier negative = ProductMultiplier(input.network, p.op);
  return Format("static const struct mcu_rectifier %s = {%d, %d, %d, %d, {%d, %d}, {%d, %d}};\n",
                names.own.c_str(), op.out.channels, input.network.tensor(op.inputs[0]).zero_point,
                parameters.constant.zero_point, parameters.output.zero_point, positive.multiplier,
                -positive.shift, negative.multiplier, -negative.shift);
}

// The constants as a map of one pixel or of all.
std::string ConstantsText(const GenerationInput& input, const KernelParameters& p,
                          const ParameterNames& names) {
  const Operator& op = input.network.network.op(p.op);
  const bool whole = op.constants != op.in.channels;
  return Format(
      "static const struct mcu_with_constants %s = {\n    %s, &%s, {%s, %d, %d, %d, %d, 0}};\n",
      names.own.c_str(), names.inner_kernel, names.inner.c_str(),
      TableName(input, "constants", static_cast<size_t>(p.op)).c_str(), op.in.channels,
      whole ? op.in.height * op.in.width : 1, whole ? op.in.width : 0, op.in.height);
}

constexpr Kernel kAddition = {
    "mcu_add", {"mcu_elementwise.c", "mcu_pairwise.c", "mcu_pairwise.h"}, AdditionText};
constexpr Kernel kProduct = {
    "mcu_multiply", {"mcu_multiply.c", "mcu_pairwise.c", "mcu_pairwise.h"}, ProductText};
constexpr Kernel kExtremum = {
    "mcu_extreme", {"mcu_extreme.c", "mcu_pairwise.c", "mcu_pairwise.h"}, ExtremumText};
constexpr Kernel kRectifier = {"mcu_prelu",
                               {"mcu_prelu.c", "mcu_prelu.h", "mcu_pairwise.c", "mcu_pairwise.h"},
                               RectifierText,
                               "mcu_prelu.h"};
constexpr Kernel kConstants = {
    "mcu_apply_constants", {"mcu_pairwise.c", "mcu_pairwise.h"}, ConstantsText};

// Of two tensors, or of a tensor and constants.
const Kernel& PairKernel(OpKind kind) {
  switch (kind) {
    case OpKind::kAdd:
    case OpKind::kAddConstant:
    case OpKind::kSubtract:
    case OpKind::kSubtractConstant:
      return kAddition;
    case OpKind::kMultiply:
    case OpKind::kMultiplyConstant:
      return kProduct;
    case OpKind::kMaximum:
    case OpKind::kMaximumConstant:
    case OpKind::kMinimum:
    case OpKind::kMinimumConstant:
      return kExtremum;
    case OpKind::kPRelu:
      return kRectifier;
    default:
      MCUNAS_CHECK(false, "an operator without a kernel");
  }
}

}  // namespace

KernelChoice ChoosePairKernel(const Operator& op) {
  if (HasConstants(op.kind)) return {&kConstants, &PairKernel(op.kind), true};
  return {&PairKernel(op.kind)};
}

}  // namespace mcunas
