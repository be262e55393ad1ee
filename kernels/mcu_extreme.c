#include "mcu_pairwise.h"

static void extreme(const void* op, const int8_t* first, const int8_t* second, int32_t count,
                    int8_t* out) {
  const int largest = ((const struct mcu_extremum*)op)->largest;
  int32_t i = 0;
#if MCU_HAS_DSP
  for (; i + 4 <= count; i += 4) {
    const int32_t a = mcu_load32(first + i), b = mcu_load32(second + i);
    const int32_t four = largest ? mcu_larger_bytes(a, b) : mcu_smaller_bytes(a, b);
    memcpy(out + i, &four, 4);
  }
#endif
  for (; i < count; ++i) {
    const int first_wins = largest ? first[i] > second[i] : first[i] < second[i];
    out[i] = first_wins ? first[i] : second[i];
  }
}

void mcu_extreme(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                 int8_t* out, void* scratch) {
  (void)scratch;
  mcu_for_each_pair(extreme, op, ((const struct mcu_extremum*)op)->channels, inputs, segment, out);
}
