#include "engine/reference/softmax.h"

#include <algorithm>

#include "engine/arithmetic/fixed_point.h"
#include "engine/arithmetic/requantization.h"
#include "engine/reference/saturate.h"

namespace mcunas {
std::vector<int8_t> RunSoftmax(const QuantizedNetwork& network, int index,
                               std::span<const int8_t> input) {
  const Operator& op = network.network.op(index);
  const SoftmaxConstants c = DeriveSoftmaxConstants(network, index);
  const size_t channels = static_cast<size_t>(op.in.channels);
  std::vector<int8_t> output;
  output.reserve(input.size());
  for (size_t first = 0; first < input.size(); first += channels) {
    const std::span<const int8_t> pixel = input.subspan(first, channels);
    const int32_t largest = *std::max_element(pixel.begin(), pixel.end());
    const auto exponential = [&](int32_t difference) {
      const int32_t shifted = difference * (int32_t{1} << c.input.shift);
      return ExpOfNegative(SaturatingRoundingDoublingHighMul(shifted, c.input.multiplier), 5);
    };
    int32_t sum = 0;
    for (int8_t value : pixel) {
      if (value - largest < c.smallest) continue;
      sum += RoundingDivideByPowerOfTwo(exponential(value - largest), 12);
    }
    const Reciprocal scale = ReciprocalOf(sum);
    for (int8_t value : pixel) {
      int32_t share = 0;
      // Over 31 bits, where hundreds of channels are equal, TFLite's shift is undefined; the value
      // is below half a step.
      const int bits = scale.exponent + 31 - 8;
      if (value - largest >= c.smallest && bits <= 31) {
        share = RoundingDivideByPowerOfTwo(
            SaturatingRoundingDoublingHighMul(scale.mantissa, exponential(value - largest)), bits);
      }
      output.push_back(Saturate(share - 128, {}));
    }
  }
  return output;
}

}  // namespace mcunas
