/* Depthwise windows of up to 3 x 3. */
#include "mcu_depthwise_dsp.h"

#if MCU_HAS_DSP

#define EXPAND                                                                \
  "ldmia r1!, {r4, r6, r8}\n\t" MCU_EXPAND("r4", "r5") MCU_EXPAND("r6", "r7") \
      MCU_EXPAND("r8", "r9") "stmia r12!, {r4-r9}\n\t"

/* Pairs: r10 (w0, w1), r11 (w1, w2). */
#define ROW_1(at)                                                                             \
  "ldmia r0, {r1-r3}\n\tldrd r10, r11, [sp, #" at "]\n\t" MCU_MAC("smlad", "r4", "r1", "r10") \
      MCU_MAC("smlatb", "r5", "r1", "r10") MCU_MAC("smlad", "r6", "r2", "r10")                \
          MCU_MAC("smlatb", "r7", "r2", "r10") MCU_MAC("smlabt", "r4", "r2", "r11")           \
              MCU_MAC("smlad", "r5", "r2", "r11") MCU_MAC("smlabt", "r6", "r3", "r11")        \
                  MCU_MAC("smlad", "r7", "r3", "r11")

/* Pairs: r10 (w0, w1), r11 (w2, 0). */
#define ROW_2(at)                                                                 \
  "ldmia r0, {r1-r3, r8, r9}\n\tldrd r10, r11, [sp, #" at                         \
  "]\n\t" MCU_MAC("smlad", "r4", "r1", "r10") MCU_MAC("smlad", "r5", "r2", "r10") \
      MCU_MAC("smlad", "r6", "r3", "r10") MCU_MAC("smlad", "r7", "r8", "r10")     \
          MCU_MAC("smlad", "r4", "r2", "r11") MCU_MAC("smlad", "r5", "r3", "r11") \
              MCU_MAC("smlad", "r6", "r8", "r11") MCU_MAC("smlad", "r7", "r9", "r11")

#define ROWS(row) row("0") MCU_NEXT_ROW row("8") MCU_NEXT_ROW row("16")

MCU_PLANE_SUMS_DSP(sums_1, "24", EXPAND, ROWS(ROW_1), "2 * 240 - 8")
MCU_PLANE_SUMS_DSP(sums_2, "24", EXPAND, ROWS(ROW_2), "2 * 240 - 16")

#else

static void sums_1(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 3, 1); }
static void sums_2(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 3, 2); }

#endif

void mcu_depthwise_3_1(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 3, sums_1);
}

void mcu_depthwise_3_2(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 3, sums_2);
}
