#include "mcu_pairwise.h"

/* The larger byte of each pair, in all four places. */
#if MCU_HAS_DSP
static inline int32_t larger_bytes(int32_t a, int32_t b) {
  int32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}

static inline int32_t smaller_bytes(int32_t a, int32_t b) {
  int32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
}
#endif

static void extreme(const void* op, const int8_t* first, const int8_t* second, int32_t count,
                    int8_t* out) {
  const int largest = ((const struct mcu_extremum*)op)->largest;
  int32_t i = 0;
#if MCU_HAS_DSP
  for (; i + 4 <= count; i += 4) {
    const int32_t a = mcu_load32(first + i), b = mcu_load32(second + i);
    const int32_t four = largest ? larger_bytes(a, b) : smaller_bytes(a, b);
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
