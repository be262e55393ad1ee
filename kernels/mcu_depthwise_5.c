/* Depthwise windows of up to 5 x 5. */
#include "mcu_depthwise_dsp.h"

#if MCU_HAS_DSP

/* Per row the pairs (w0, w1), (w2, w3), (w1, w2), (w3, w4). */
#define EXPAND_1                                              \
  ".rept 5\n\tldmia r1!, {r4, r6}\n\t" MCU_EXPAND("r4", "r5") \
      MCU_EXPAND("r6", "r7") "stmia r12!, {r4-r7}\n\t.endr\n\t"

#define ROW_1                                                                                  \
  "ldmia r0, {r1-r3, r8}\n\tldmia lr!, {r9-r12}\n\t" MCU_MAC("smlad", "r4", "r1", "r9")        \
      MCU_MAC("smlatb", "r5", "r1", "r9") MCU_MAC("smlad", "r6", "r2", "r9")                   \
          MCU_MAC("smlatb", "r7", "r2", "r9") MCU_MAC("smlad", "r4", "r2", "r10")              \
              MCU_MAC("smlad", "r5", "r2", "r11") MCU_MAC("smlad", "r6", "r3", "r10")          \
                  MCU_MAC("smlad", "r7", "r3", "r11") MCU_MAC("smlabt", "r4", "r3", "r12")     \
                      MCU_MAC("smlad", "r5", "r3", "r12") MCU_MAC("smlabt", "r6", "r8", "r12") \
                          MCU_MAC("smlad", "r7", "r8", "r12")

/* Per row (w0, w1), (w2, w3), (w4, 0). */
#define EXPAND_2                                   \
  ".rept 5\n\tldmia r1!, {r4, r6}\n\t" MCU_EXPAND( \
      "r4", "r5") "sxtb16 r6, r6\n\tstmia r12!, {r4-r6}\n\t.endr\n\t"

#define ROW_2(at)                                                                           \
  "ldmia r0, {r1-r3, r8-r10}\n\tldrd r11, r12, [sp, #" at                                   \
  "]\n\t"                                                                                   \
  "ldr lr, [sp, #" at " + 8]\n\t" MCU_MAC("smlad", "r4", "r1", "r11")                       \
      MCU_MAC("smlad", "r5", "r2", "r11") MCU_MAC("smlad", "r6", "r3", "r11")               \
          MCU_MAC("smlad", "r7", "r8", "r11") MCU_MAC("smlad", "r4", "r2", "r12")           \
              MCU_MAC("smlad", "r5", "r3", "r12") MCU_MAC("smlad", "r6", "r8", "r12")       \
                  MCU_MAC("smlad", "r7", "r9", "r12") MCU_MAC("smlad", "r4", "r3", "lr")    \
                      MCU_MAC("smlad", "r5", "r8", "lr") MCU_MAC("smlad", "r6", "r9", "lr") \
                          MCU_MAC("smlad", "r7", "r10", "lr")

MCU_PLANE_SUMS_DSP(sums_1, "80", EXPAND_1,
                   "mov lr, sp\n\t.rept 4\n\t" ROW_1 MCU_NEXT_ROW ".endr\n\t" ROW_1, "4 * 240 - 8")
MCU_PLANE_SUMS_DSP(sums_2, "60", EXPAND_2,
                   ROW_2("0") MCU_NEXT_ROW ROW_2("12") MCU_NEXT_ROW ROW_2("24")
                       MCU_NEXT_ROW ROW_2("36") MCU_NEXT_ROW ROW_2("48"),
                   "4 * 240 - 16")

#else

static void sums_1(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 5, 1); }
static void sums_2(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 5, 2); }

#endif

void mcu_depthwise_5_1(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 5, sums_1);
}

void mcu_depthwise_5_2(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 5, sums_2);
}
