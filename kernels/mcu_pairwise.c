#include "mcu_pairwise.h"

static void for_each_byte(mcu_pair_kernel* kernel, const void* op, const int8_t* first,
                          const int8_t* second, int32_t count, int8_t* out) {
  for (int32_t i = 0; i < count; ++i) kernel(op, first + i, second, 1, out + i);
}

void mcu_for_each_pair(mcu_pair_kernel* kernel, const void* op, int32_t channels,
                       const struct mcu_map* inputs, const struct mcu_segment* segment,
                       int8_t* out) {
  const struct mcu_map *a = &inputs[0], *b = &inputs[1];
  int32_t first = mcu_ring_advance(a, mcu_row_start(a, segment->y), segment->first);
  int32_t second = mcu_ring_advance(b, mcu_row_start(b, segment->y), segment->first);
  for (int32_t left = segment->last - segment->first; left > 0;) {
    int32_t pixels = left;
    if (pixels > a->ring_pixels - first) pixels = a->ring_pixels - first;
    const int scalar = b->pixel_bytes < channels;
    if (!scalar && pixels > b->ring_pixels - second) pixels = b->ring_pixels - second;
    const int8_t* from = a->base + first * channels;
    if (scalar) {
      for_each_byte(kernel, op, from, b->base, pixels * channels, out);
    } else {
      kernel(op, from, b->base + second * channels, pixels * channels, out);
      second = mcu_ring_advance(b, second, pixels);
    }
    first = mcu_ring_advance(a, first, pixels);
    out += pixels * channels;
    left -= pixels;
  }
}

void mcu_apply_constants(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  const struct mcu_with_constants* constants = op;
  const struct mcu_map both[2] = {inputs[0], constants->constants};
  constants->kernel(constants->op, both, segment, out, scratch);
}

void mcu_clamp_bytes(int8_t* bytes, int32_t count, int32_t low, int32_t high) {
  int32_t i = 0;
  if (low == -128 && high == 127) return;
#if MCU_HAS_DSP
  const int32_t lows = (int32_t)((uint32_t)(uint8_t)low * 0x01010101u);
  const int32_t highs = (int32_t)((uint32_t)(uint8_t)high * 0x01010101u);
  for (; i + 4 <= count; i += 4) {
    const int32_t four = mcu_smaller_bytes(mcu_larger_bytes(mcu_load32(bytes + i), lows), highs);
    memcpy(bytes + i, &four, 4);
  }
#endif
  for (; i < count; ++i) bytes[i] = (int8_t)mcu_clamp(bytes[i], low, high);
}
