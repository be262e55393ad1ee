/* Integer arithmetic of TFLite's SOFTMAX; sources: gemmlowp fixedpoint.h, TFLite softmax.h. */
#include "mcu_kernels.h"

/* Saturating doubling product of two Q.31 values, rounded. */
static int32_t multiply(int32_t a, int32_t b) {
  const int64_t product = (int64_t)a * b;
  return (int32_t)((product + (product >= 0 ? INT64_C(1) << 30 : 1 - (INT64_C(1) << 30))) /
                   (INT64_C(1) << 31));
}

static int32_t shift_left(int32_t value, int32_t bits) {
  const int64_t shifted = (int64_t)value * (INT64_C(1) << bits);
  return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

/* value / 2^bits, half away from zero; bits in [1, 62]; 0 where 2^bits is over twice the
 * value, as the reference defines it. */
static int32_t shift_right(int32_t value, int32_t bits) {
  return (int32_t)((value - (value < 0) + (INT64_C(1) << (bits - 1))) >> bits);
}

/* 1 / (1 + a) of a in [0, 1), Q0.31: three steps of Newton and Raphson in Q2.29. */
static int32_t reciprocal(int32_t a) {
  const int32_t half = (int32_t)(((int64_t)a + (INT64_C(1) << 31)) / 2);
  int32_t x = 1515870810 + multiply(half, -1010580540); /* 48/17 - 32/17 half */
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - multiply(half, x);
    x += shift_left(multiply(x, error), 2);
  }
  return shift_left(x, 1);
}

static int32_t leading_zeros(uint32_t value) {
  int32_t zeros = 0;
  for (; (value & 0x80000000u) == 0; value <<= 1) ++zeros;
  return zeros;
}

static void softmax_pixel(const int8_t* in, const int32_t* exponentials, int32_t channels,
                          int8_t* out) {
  int32_t largest = -128, sum = 0;
  for (int32_t c = 0; c < channels; ++c) {
    if (in[c] > largest) largest = in[c];
  }
  for (int32_t c = 0; c < channels; ++c) sum += shift_right(exponentials[largest - in[c]], 12);
  const int32_t zeros = leading_zeros((uint32_t)sum);
  const int32_t scale = reciprocal((int32_t)(((uint32_t)sum << zeros) - 0x80000000u));
  const int32_t bits = 12 - zeros + 31 - 8;
  for (int32_t c = 0; c < channels; ++c) {
    const int32_t share = shift_right(multiply(scale, exponentials[largest - in[c]]), bits);
    out[c] = (int8_t)(share > 255 ? 127 : share - 128);
  }
}

void mcu_softmax(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                 int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_softmax_table* softmax = op;
  const int32_t channels = softmax->channels;
  int32_t at = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y), segment->first);
  for (int32_t x = segment->first; x < segment->last; ++x) {
    softmax_pixel(inputs->base + at * channels, softmax->exponentials, channels, out);
    out += channels;
    if (++at == inputs->ring_pixels) at = 0;
  }
}
