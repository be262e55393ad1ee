#include "mcu_kernels.h"
#include "mcu_matrix.h"

/* One pair of channels (struct mcu_weighted has the order of the weights). */
static void dot_pair(const int8_t* in, const int8_t* w, int32_t depth, int32_t* sums) {
  int32_t a = sums[0], b = sums[1];
  if (depth & 1) {
    a += *in * w[0];
    b += *in++ * w[1];
    w += 2;
  }
  for (int32_t n = depth >> 2; n > 0; --n) {
    const int32_t values = mcu_load32(in), first = mcu_load32(w), second = mcu_load32(w + 4);
    in += 4;
    w += 8;
    const int32_t even = mcu_sxtb16(values), odd = mcu_sxtb16_ror8(values);
    a = mcu_smlad(even, mcu_sxtb16(first), a);
    b = mcu_smlad(even, mcu_sxtb16_ror8(first), b);
    a = mcu_smlad(odd, mcu_sxtb16(second), a);
    b = mcu_smlad(odd, mcu_sxtb16_ror8(second), b);
  }
  if (depth & 2) {
    a += in[0] * w[0] + in[1] * w[2];
    b += in[0] * w[1] + in[1] * w[3];
  }
  sums[0] = a;
  sums[1] = b;
}

/* The last of an odd number of channels. */
static int32_t dot_single(const int8_t* in, const int8_t* w, int32_t depth, int32_t sum) {
  if (depth & 1) sum += *in++ * *w++;
  for (int32_t n = depth >> 2; n > 0; --n) {
    sum += in[0] * w[0] + in[2] * w[1] + in[1] * w[2] + in[3] * w[3];
    in += 4;
    w += 4;
  }
  if (depth & 2) sum += in[0] * w[0] + in[1] * w[1];
  return sum;
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
  for (; channel + 1 < channels; channel += 2) {
    int32_t sums[2] = {r->bias[channel], r->bias[channel + 1]};
    dot_pair(in, weights, depth, sums);
    weights += mcu_pair_bytes(depth);
    mcu_requantize_channel(r, channel, &sums[0], 1, 1, out + channel, 1);
    mcu_requantize_channel(r, channel + 1, &sums[1], 1, 1, out + channel + 1, 1);
  }
  if (channel < channels) {
    const int32_t sum = dot_single(in, weights, depth, r->bias[channel]);
    mcu_requantize_channel(r, channel, &sum, 1, 1, out + channel, 1);
  }
}
