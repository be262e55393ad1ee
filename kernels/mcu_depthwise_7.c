/* Depthwise windows of up to 7 x 7. */
#include "mcu_depthwise_dsp.h"

#if MCU_HAS_DSP

/* Per row the pairs (w0, w1), (w2, w3), (w4, w5), (w1, w2), (w3, w4), (w5, w6). */
#define EXPAND_1                                                                         \
  ".rept 7\n\tldmia r1!, {r4, r6, r8}\n\t" MCU_EXPAND("r4", "r5") MCU_EXPAND("r6", "r7") \
      MCU_EXPAND("r8", "r9") "stmia r12!, {r4-r9}\n\t.endr\n\t"

#define ROW_1                                                                                     \
  "ldmia r0, {r1-r3, r8, r9}\n\tldmia lr!, {r10-r12}\n\t" MCU_MAC("smlad", "r4", "r1", "r10")     \
      MCU_MAC("smlatb", "r5", "r1", "r10") MCU_MAC("smlad", "r6", "r2", "r10")                    \
          MCU_MAC("smlatb", "r7", "r2", "r10") MCU_MAC("smlad", "r4", "r2", "r11")                \
              MCU_MAC("smlad", "r6", "r3", "r11") MCU_MAC("smlad", "r4", "r3", "r12")             \
                  MCU_MAC("smlad", "r6", "r8", "r12") "ldmia lr!, {r10-r12}\n\t" MCU_MAC(         \
                      "smlad", "r5", "r2", "r10") MCU_MAC("smlad", "r7", "r3", "r10")             \
                      MCU_MAC("smlad", "r5", "r3", "r11") MCU_MAC("smlad", "r7", "r8", "r11")     \
                          MCU_MAC("smlad", "r5", "r8", "r12") MCU_MAC("smlad", "r7", "r9", "r12") \
                              MCU_MAC("smlabt", "r4", "r8", "r12")                                \
                                  MCU_MAC("smlabt", "r6", "r9", "r12")

/* Per row (w0, w1), (w2, w3), (w4, w5), (w6, 0). */
#define EXPAND_2                                              \
  ".rept 7\n\tldmia r1!, {r4, r6}\n\t" MCU_EXPAND("r4", "r5") \
      MCU_EXPAND("r6", "r7") "stmia r12!, {r4-r7}\n\t.endr\n\t"

#define ROW_2(at)                                                                               \
  "ldmia r0, {r1-r3, r8-r11}\n\tldrd r12, lr, [sp, #" at                                        \
  "]\n\t" MCU_MAC("smlad", "r4", "r1", "r12") MCU_MAC("smlad", "r5", "r2", "r12")               \
      MCU_MAC("smlad", "r6", "r3", "r12") MCU_MAC("smlad", "r7", "r8", "r12")                   \
          MCU_MAC("smlad", "r4", "r2", "lr") MCU_MAC("smlad", "r5", "r3", "lr") MCU_MAC(        \
              "smlad", "r6", "r8", "lr")                                                        \
              MCU_MAC("smlad", "r7", "r9", "lr") "ldrd r12, lr, [sp, #" at " + 8]\n\t" MCU_MAC( \
                  "smlad", "r4", "r3", "r12") MCU_MAC("smlad", "r5", "r8", "r12")               \
                  MCU_MAC("smlad", "r6", "r9", "r12") MCU_MAC("smlad", "r7", "r10", "r12")      \
                      MCU_MAC("smlad", "r4", "r8", "lr") MCU_MAC("smlad", "r5", "r9", "lr")     \
                          MCU_MAC("smlad", "r6", "r10", "lr") MCU_MAC("smlad", "r7", "r11", "lr")

MCU_PLANE_SUMS_DSP(sums_1, "168", EXPAND_1,
                   "mov lr, sp\n\t.rept 6\n\t" ROW_1 MCU_NEXT_ROW ".endr\n\t" ROW_1, "6 * 240 - 8")
MCU_PLANE_SUMS_DSP(sums_2, "112", EXPAND_2,
                   ROW_2("0") MCU_NEXT_ROW ROW_2("16") MCU_NEXT_ROW ROW_2("32")
                       MCU_NEXT_ROW ROW_2("48") MCU_NEXT_ROW ROW_2("64") MCU_NEXT_ROW ROW_2("80")
                           MCU_NEXT_ROW ROW_2("96"),
                   "6 * 240 - 16")

#else

static void sums_1(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 7, 1); }
static void sums_2(const struct mcu_plane_job* job) { mcu_plane_sums_portable(job, 7, 2); }

#endif

void mcu_depthwise_7_1(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 7, sums_1);
}

void mcu_depthwise_7_2(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  mcu_run_planes(op, inputs, segment, out, scratch, 7, sums_2);
}
