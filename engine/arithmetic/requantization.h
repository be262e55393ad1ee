// The integer constants that TFLite derives from scales. Used by interpreter, code generator and
// .tflite writer alike: derived once, here.
#pragma once

#include <cstdint>
#include <vector>

#include "network/quantized_network.h"

namespace mcunas {

// Rounding that `mode` prescribes for an operator: kTflite rounds fully connected once and
// everything else twice, kTflm (TFLite Micro, CMSIS-NN) everything twice.
Rounding OperatorRounding(OpKind kind, RoundingMode mode);

// real_multiplier = multiplier * 2^(shift - 31); multiplier in [2^30, 2^31) or 0, shift in [-31,
// 31]. TFLite QuantizeMultiplier: below 2^-32 it is 0. `real` must be finite, >= 0 and below 2^31.
struct FixedMultiplier {
  int32_t multiplier = 0;
  int shift = 0;
};
FixedMultiplier QuantizeMultiplier(double real);

// Applies it to a 32-bit accumulator with the given rounding; saturates like TFLite.
int32_t MultiplyByQuantizedMultiplier(int32_t value, FixedMultiplier multiplier, Rounding rounding);

// One per output channel of a conv, pointwise, depthwise or fully connected operator.
std::vector<FixedMultiplier> OutputMultipliers(const QuantizedNetwork& network, int op);

// Quantisation of the second operand of operators on two: a tensor or constants.
TensorQuantization SecondOperand(const QuantizedNetwork& network, int op);

// TFLite ADD and SUB, of tensors or with constants: left shift 20, two input multipliers, one
// output multiplier of the sum or difference.
struct AddConstants {
  FixedMultiplier first, second, output;
  int left_shift = 20;
  int first_sign = 1, second_sign = 1;
};
AddConstants DeriveAddConstants(const QuantizedNetwork& network, int op);

// Of the product of both operands, zero points subtracted (TFLite MUL).
FixedMultiplier ProductMultiplier(const QuantizedNetwork& network, int op);

// TFLite MEAN: of the sum over the window minus count times the input's zero point; the division by
// count is part of it.
FixedMultiplier MeanMultiplier(const QuantizedNetwork& network, int op);

// TFLite SOFTMAX: x - max(x), where it is at least `smallest`, times `input` is Q5.26.
struct SoftmaxConstants {
  FixedMultiplier input;
  int32_t smallest = 0;
};
SoftmaxConstants DeriveSoftmaxConstants(const QuantizedNetwork& network, int op);

// TFLite Micro's LOGISTIC and TANH: x - zero point, where it is inside (-radius, radius), times
// `input` is Q4.27.
struct LogisticConstants {
  FixedMultiplier input;
  int32_t radius = 0;
};
LogisticConstants DeriveLogisticConstants(const QuantizedNetwork& network, int op);

// TFLite HARD_SWISH: 128 (x - zero point) times `output` is the result for x >= 3, times `relu` is
// x / 3 in Q0.15. Multipliers of 15 bits; the exponent of `output` must lie in [-15, 0], that of
// `relu` in [-15, 31].
struct HardSwishFactor {
  int16_t multiplier = 0;
  int exponent = 0;
};
struct HardSwishConstants {
  HardSwishFactor output, relu;
};
HardSwishConstants DeriveHardSwishConstants(float input_scale, float output_scale);

// TFLite LEAKY_RELU: of x - zero point where it is not negative, and where it is.
struct LeakyReluConstants {
  FixedMultiplier positive, negative;
};
LeakyReluConstants DeriveLeakyReluConstants(const QuantizedNetwork& network, int op);

// From the input's steps to the output's: of x - zero point (TFLite QUANTIZE, RELU, RELU6, ...).
FixedMultiplier RequantizeMultiplier(const QuantizedNetwork& network, int op);

// Clamp of the fused activation in int8: [low, high].
struct Clamp {
  int32_t low = -128;
  int32_t high = 127;
};
Clamp ActivationClamp(Activation activation, const TensorQuantization& output);

}  // namespace mcunas
