#include "engine/codegen/fold_addition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "common/check.h"
#include "engine/arithmetic/requantization.h"
#include "kernels/mcu_kernels.h"
#include "network/quantized_network.h"

namespace mcunas {
namespace {

constexpr int kSumBits = MCU_SLOPE_BITS - 8;

FoldedFactor Folded(FixedMultiplier m) { return {m.multiplier, -m.shift}; }

// One operand in TFLite's arithmetic and in the linear form, of byte x at x + 128.
struct Operand {
  std::array<int32_t, 256> exact, linear;
};

Operand Tabulate(const TensorQuantization& q, FixedMultiplier factor, int sign, int32_t slope) {
  Operand operand{};
  for (int x = -128; x < 128; ++x) {
    const size_t i = static_cast<size_t>(x + 128);
    const int32_t shifted = (x - q.zero_point) * (1 << 20);
    operand.exact[i] = sign * MultiplyByQuantizedMultiplier(shifted, factor, Rounding::kDouble);
    operand.linear[i] = static_cast<int32_t>((int64_t{slope} * x) >> 8);
  }
  return operand;
}

// The offsets that give the exact byte for every pair of bytes.
struct Offsets {
  int64_t least = std::numeric_limits<int32_t>::min();
  int64_t most = std::numeric_limits<int32_t>::max();
};

Offsets FindOffsets(const Operand& first, const Operand& second, FixedMultiplier output,
                    int zero_point, Clamp clamp) {
  Offsets offsets;
  for (size_t a = 0; a < 256; ++a) {
    for (size_t b = 0; b < 256; ++b) {
      const int32_t sum = first.exact[a] + second.exact[b];
      const int64_t byte =
          std::clamp(MultiplyByQuantizedMultiplier(sum, output, Rounding::kDouble) + zero_point,
                     clamp.low, clamp.high);
      const int64_t linear = int64_t{first.linear[a]} + second.linear[b];
      const int64_t least = (byte << kSumBits) - linear;
      // At the ends of the range everything beyond is clamped.
      if (byte > clamp.low) offsets.least = std::max(offsets.least, least);
      if (byte < clamp.high)
        offsets.most = std::min(offsets.most, least + (int64_t{1} << kSumBits) - 1);
    }
  }
  return offsets;
}

// Whether no sum overflows.
bool Fits(int64_t offset, int64_t first_slope, int64_t second_slope) {
  const int64_t reach = (std::abs(first_slope) + std::abs(second_slope)) / 2 + 2;
  return std::abs(offset) + reach <= std::numeric_limits<int32_t>::max();
}

}  // namespace

FoldedAddition FoldAddition(const QuantizedNetwork& network, int index) {
  const Operator& op = network.network.op(index);
  const QuantizedParameters& p = network.parameters_of(index);
  const AddConstants constants = DeriveAddConstants(network, index);
  MCUNAS_CHECK(constants.left_shift == 20 && p.rounding == Rounding::kDouble,
               "the add kernel shifts by 20 and rounds twice");
  FoldedAddition result;
  result.first = Folded(constants.first);
  result.second = Folded(constants.second);
  result.output = Folded(constants.output);
  result.first_sign = constants.first_sign;
  result.second_sign = constants.second_sign;

  const TensorQuantization &first = network.tensor(op.inputs[0]),
                           &second = SecondOperand(network, index);
  const double unit = std::ldexp(1.0, MCU_SLOPE_BITS) / p.output.scale;
  const double a = constants.first_sign * std::round(first.scale * unit);
  const double b = constants.second_sign * std::round(second.scale * unit);
  constexpr double kSteepest = double{1 << 30};
  if (a == 0 || std::abs(a) > kSteepest || std::abs(b) > kSteepest) return result;
  const auto first_slope = static_cast<int32_t>(a), second_slope = static_cast<int32_t>(b);
  const Offsets offsets =
      FindOffsets(Tabulate(first, constants.first, constants.first_sign, first_slope),
                  Tabulate(second, constants.second, constants.second_sign, second_slope),
                  constants.output, p.output.zero_point, ActivationClamp(op.activation, p.output));
  const int64_t middle = (offsets.least + offsets.most) / 2;
  if (offsets.least > offsets.most || !Fits(middle, first_slope, second_slope)) return result;
  result.first_slope = first_slope;
  result.second_slope = second_slope;
  result.offset = static_cast<int32_t>(middle);
  return result;
}

}  // namespace mcunas
