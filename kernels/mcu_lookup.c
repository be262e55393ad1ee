#include "mcu_kernels.h"

void mcu_lookup_bytes(const void* op, const struct mcu_map* inputs,
                      const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_lookup* lookup = op;
  const int8_t* table = lookup->table;
  const int32_t channels = lookup->channels;
  int32_t at = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y), segment->first);
  for (int32_t left = segment->last - segment->first; left > 0;) {
    const int32_t room = inputs->ring_pixels - at, pixels = left < room ? left : room;
    const int8_t* in = inputs->base + at * channels;
#pragma GCC unroll 4
    for (const int8_t* end = in + pixels * channels; in != end; ++in) *out++ = table[(uint8_t)*in];
    at = 0;
    left -= pixels;
  }
}
