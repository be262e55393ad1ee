/* Fully connected with weights of 4 bits, which are used once each and so never unpacked: a half in
 * the upper half of its byte is 16 times its value. */
#include "mcu_kernels.h"

enum {
  BLOCK = 4,
  LONGEST_RUN = 1 << 16 /* inputs whose sums, times 16, fit into 32 bits */
};

/* A word of weights: four inputs, as SXTB16 takes them apart, of two channels. */
MCU_INLINE void multiply_word(int32_t even, int32_t odd, int32_t weights, int32_t* a, int32_t* b) {
  const uint32_t upper = 0xf0f0f0f0u;
  const int32_t first = (int32_t)((uint32_t)weights << 4 & upper);
  const int32_t second = (int32_t)((uint32_t)weights & upper);
  *a = mcu_smlad(even, mcu_sxtb16(first), *a);
  *a = mcu_smlad(odd, mcu_sxtb16_ror8(first), *a);
  *b = mcu_smlad(even, mcu_sxtb16(second), *b);
  *b = mcu_smlad(odd, mcu_sxtb16_ror8(second), *b);
}

/* At most LONGEST_RUN inputs of `channels` channels, 4 or 2 (a constant after inlining). Returns
 * the weights behind those. */
MCU_INLINE const int8_t* multiply_run(const int8_t* in, int32_t depth, int32_t channels,
                                      const int8_t* weights, int32_t* sums) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  for (; depth > 0; depth -= 4, in += 4, weights += 2 * channels) {
    int32_t inputs = 0;
    if (depth >= 4) {
      inputs = mcu_load32(in);
    } else {
      for (int32_t i = 0; i < depth; ++i) {
        inputs |= (int32_t)((uint32_t)(uint8_t)in[i] << 8 * i);
      }
    }
    const int32_t even = mcu_sxtb16(inputs), odd = mcu_sxtb16_ror8(inputs);
    multiply_word(even, odd, mcu_load32(weights), &a, &b);
    if (channels == 4) multiply_word(even, odd, mcu_load32(weights + 4), &c, &d);
  }
  sums[0] += a >> 4;
  sums[1] += b >> 4;
  if (channels == 4) sums[2] += c >> 4;
  if (channels == 4) sums[3] += d >> 4;
  return weights;
}

__attribute__((noinline)) static const int8_t* multiply_fours(const int8_t* in, int32_t depth,
                                                              const int8_t* weights,
                                                              int32_t* sums) {
  return multiply_run(in, depth, 4, weights, sums);
}

__attribute__((noinline)) static const int8_t* multiply_twos(const int8_t* in, int32_t depth,
                                                             const int8_t* weights, int32_t* sums) {
  return multiply_run(in, depth, 2, weights, sums);
}

void mcu_fully_connected_4bit(const void* op, const struct mcu_map* inputs,
                              const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  (void)segment;
  const struct mcu_weighted* connected = op;
  const struct mcu_requantization* r = &connected->requantization;
  const int32_t depth = connected->window.in_channels, channels = connected->window.out_channels;
  const int8_t* weights = connected->weights;
  for (int32_t channel = 0; channel < channels;) {
    const int32_t left = channels - channel, together = left >= BLOCK ? BLOCK : left > 2 ? 2 : left;
    int32_t sums[BLOCK] = {0};
    for (int32_t c = 0; c < together; ++c) sums[c] = r->bias[channel + c];
    for (int32_t done = 0; done < depth; done += LONGEST_RUN) {
      const int32_t run = depth - done < LONGEST_RUN ? depth - done : LONGEST_RUN;
      weights = (together == BLOCK ? multiply_fours : multiply_twos)(inputs->base + done, run,
                                                                     weights, sums);
    }
    for (int32_t c = 0; c < together; ++c, ++channel) {
      mcu_requantize_channel(r, channel, sums + c, 1, 1, out + channel, 1);
    }
  }
}
