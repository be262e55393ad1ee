#include "mcu_kernels.h"

enum { BLOCK = 4 };

/* Four channels over `fours` groups of four inputs; sums: bias on entry. Weights: struct
 * mcu_weighted. */
#if MCU_HAS_DSP

#define MCU_CHANNEL(w, sum)     \
  "sxtb16 lr, " w               \
  "\n\t"                        \
  "sxtb16 " w ", " w            \
  ", ror #8\n\t"                \
  "smlad " sum ", r2, lr, " sum \
  "\n\t"                        \
  "smlad " sum ", r12, " w ", " sum "\n\t"

/* GCC 12 would neither keep the sums in registers nor load four words at once. */
__attribute__((naked, noinline)) static void multiply_fours(
    const int8_t* in __attribute__((unused)), const int8_t* weights __attribute__((unused)),
    int32_t fours __attribute__((unused)), int32_t* sums __attribute__((unused))) {
  __asm__ volatile(
      "push {r3-r11, lr}\n\t"
      "add r11, r0, r2, lsl #2\n\t"
      "ldmia r3, {r3-r6}\n\t"
      "1:\n\t"
      "ldr r12, [r0], #4\n\t"
      "ldmia r1!, {r7-r10}\n\t"
      "sxtb16 r2, r12\n\tsxtb16 r12, r12, ror #8\n\t"
      MCU_CHANNEL("r7", "r3") MCU_CHANNEL("r8", "r4")
      MCU_CHANNEL("r9", "r5") MCU_CHANNEL("r10", "r6")
      "cmp r0, r11\n\t"
      "bne 1b\n\t"
      "pop {r0}\n\t"
      "stmia r0, {r3-r6}\n\t"
      "pop {r4-r11, pc}\n\t");
}

#else

static void multiply_fours(const int8_t* in, const int8_t* weights, int32_t fours, int32_t* sums) {
  for (; fours > 0; --fours, in += 4) {
    for (int32_t c = 0; c < BLOCK; ++c, weights += 4) {
      for (int32_t i = 0; i < 4; ++i) sums[c] += in[i] * weights[i];
    }
  }
}

#endif

static void multiply_block(const int8_t* in, const int8_t* weights, int32_t depth, int32_t* sums) {
  const int32_t fours = depth >> 2, rest = depth & 3;
  if (fours > 0) multiply_fours(in, weights, fours, sums);
  in += 4 * fours;
  weights += 4 * fours * BLOCK;
  for (int32_t c = 0; c < BLOCK; ++c) {
    for (int32_t i = 0; i < rest; ++i) sums[c] += in[i] * *weights++;
  }
}

static int32_t multiply_channel(const int8_t* in, const int8_t* weights, int32_t depth,
                                int32_t sum) {
  for (; depth >= 4; depth -= 4, in += 4, weights += 4) {
    const int32_t values = mcu_load32(in), factors = mcu_load32(weights);
    sum = mcu_smlad(mcu_sxtb16(values), mcu_sxtb16(factors), sum);
    sum = mcu_smlad(mcu_sxtb16_ror8(values), mcu_sxtb16_ror8(factors), sum);
  }
  for (; depth > 0; --depth) sum += *in++ * *weights++;
  return sum;
}

/* Without a call per channel; rounding: one of the fast forms, a constant after inlining. */
MCU_INLINE void store_fast(const struct mcu_requantization* r, int32_t rounding, int32_t channel,
                           const int32_t* sums, int8_t* out) {
  const int32_t* multipliers = r->multiplier + channel;
  const int8_t* shifts = r->right_shift + channel;
  const int32_t zero = r->zero_point, less = rounding == MCU_ROUND_SINGLE_FAST;
  for (int32_t c = 0; c < BLOCK; ++c) {
    const int32_t offset = mcu_fast_offset(zero, shifts[c] - less);
    out[c] = (int8_t)mcu_saturate8(
        mcu_multiply_form(rounding, sums[c], multipliers[c], shifts[c], offset));
  }
}

static void store_block(const struct mcu_requantization* r, int32_t channel, const int32_t* sums,
                        int8_t* out) {
  if (!mcu_clamps_to_int8(r) || r->rounding == MCU_ROUND_DOUBLE ||
      r->rounding == MCU_ROUND_SINGLE) {
    for (int32_t c = 0; c < BLOCK; ++c) {
      mcu_requantize_channel(r, channel + c, &sums[c], 1, 1, out + c, 1);
    }
  } else if (r->rounding == MCU_ROUND_SINGLE_FAST) {
    store_fast(r, MCU_ROUND_SINGLE_FAST, channel, sums, out);
  } else if (r->rounding == MCU_ROUND_RELU_FAST) {
    store_fast(r, MCU_ROUND_RELU_FAST, channel, sums, out);
  } else {
    store_fast(r, MCU_ROUND_DOUBLE_FAST, channel, sums, out);
  }
}

void mcu_fully_connected(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  (void)segment;
  const struct mcu_weighted* connected = op;
  const struct mcu_requantization* r = &connected->requantization;
  const int32_t depth = connected->window.in_channels, channels = connected->window.out_channels;
  const int8_t *in = inputs->base, *weights = connected->weights;
  int32_t channel = 0;
  for (; channel + BLOCK <= channels; channel += BLOCK, weights += BLOCK * depth) {
    int32_t sums[BLOCK];
    memcpy(sums, r->bias + channel, sizeof sums);
    multiply_block(in, weights, depth, sums);
    store_block(r, channel, sums, out + channel);
  }
  for (; channel < channels; ++channel, weights += depth) {
    const int32_t sum = multiply_channel(in, weights, depth, r->bias[channel]);
    mcu_requantize_channel(r, channel, &sum, 1, 1, out + channel, 1);
  }
}
