/* Weights of 4 bits, unpacked for a few channels at a time, for the kernels that take 8. */
#include "mcu_kernels.h"

static const uint32_t kLowHalves = 0x0f0f0f0fu, kSigns = 0x08080808u;

static void store32(int8_t* to, uint32_t word) { memcpy(to, &word, 4); }

/* Four halves less 8. */
static uint32_t less_eight(uint32_t halves) {
#if MCU_HAS_DSP
  uint32_t result;
  __asm__("ssub8 %0, %1, %2" : "=r"(result) : "r"(halves), "r"(kSigns));
  return result;
#else
  /* The top bits keep the bytes from borrowing. */
  return ((halves | 0x80808080u) - kSigns) ^ 0x80808080u;
#endif
}

static void unpack(const int8_t* packed, int32_t words, int8_t* to) {
  for (; words > 0; --words, packed += 4, to += 8) {
    /* With its sign bit turned over, a half is its value plus 8. */
    const uint32_t word = (uint32_t)mcu_load32(packed) ^ (kSigns | kSigns << 4);
    store32(to, less_eight(word & kLowHalves));
    store32(to + 4, less_eight(word >> 4 & kLowHalves));
  }
}

void mcu_unpack(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                int8_t* out, void* scratch) {
  const struct mcu_packed* packed = op;
  const int32_t values = packed->channel_values, per_input = packed->per_input;
  const int8_t* weights = packed->op.weights;
  struct mcu_weighted part = packed->op;
  struct mcu_map in = *inputs;
  int8_t* room = scratch;
  part.weights = room;
  for (int32_t left = part.window.out_channels; left > 0; left -= packed->block_channels) {
    const int32_t channels = left < packed->block_channels ? left : packed->block_channels;
    const int32_t bytes = mcu_packed_bytes(channels, values);
    unpack(weights, bytes / 4, room);
    part.window.out_channels = channels;
    if (per_input > 0) part.window.in_channels = channels / per_input;
    packed->kernel(&part, &in, segment, out, room + 2 * bytes);
    weights += bytes;
    part.requantization.bias += channels;
    part.requantization.multiplier += channels;
    part.requantization.right_shift += channels;
    if (per_input > 0) in.base += channels / per_input;
    out += channels;
  }
}
