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

/* Six outputs at a time, r4 to r9, cost less per output than four; a stride of 2 has no registers
 * for that. */
#define ROW_OF_SIX(at)                                                                             \
  "ldmia r0, {r1-r3, r12}\n\tldrd r10, r11, [sp, #" at "]\n\t" MCU_MAC("smlad", "r4", "r1", "r10") \
      MCU_MAC("smlatb", "r5", "r1", "r10") MCU_MAC("smlad", "r6", "r2", "r10")                     \
          MCU_MAC("smlatb", "r7", "r2", "r10") MCU_MAC("smlad", "r8", "r3", "r10")                 \
              MCU_MAC("smlatb", "r9", "r3", "r10") MCU_MAC("smlabt", "r4", "r2", "r11")            \
                  MCU_MAC("smlad", "r5", "r2", "r11") MCU_MAC("smlabt", "r6", "r3", "r11")         \
                      MCU_MAC("smlad", "r7", "r3", "r11") MCU_MAC("smlabt", "r8", "r12", "r11")    \
                          MCU_MAC("smlad", "r9", "r12", "r11")

#define EACH_OF_SIX(f) MCU_EACH(f) f("r8") f("r9")
#define RELU_OF_SIX(x) "smmlar " x ", " x ", r10, r11\n\t"
#define FULL_OF_SIX(x) "smmlar lr, " x ", r10, r11\n\tadd " x ", lr, " x ", asr #31\n\t"
#define REQUANTIZE_SIX(form)                                                                       \
  "ldrd r10, r11, " MCU_THIS_FACTOR("24") "\n\tldr r12, " MCU_THIS_SHIFT("24") "\n\t" EACH_OF_SIX( \
      MCU_DOUBLE) EACH_OF_SIX(form) EACH_OF_SIX(MCU_SATURATE)

/* Five or six values; as MCU_STORE. */
#define STORE_SIX \
  "ldr r1, " MCU_THIS_OUT("24") "\n\tldr r2, " MCU_STRIDE("24") "\n\t"                            \
  "ldr r3, " MCU_LEFT("24") "\n\tsubs r3, #6\n\tstr r3, " MCU_LEFT("24") "\n\t"                   \
  "add r10, r2, r2, lsl #1\n\t"                                                                   \
  "strb r4, [r1]\n\tstrb r5, [r1, r2]\n\tstrb r6, [r1, r2, lsl #1]\n\tadd r1, r10\n\t"            \
  "strb r7, [r1]\n\tstrb r8, [r1, r2]\n\tblt 3b\n\tstrb r9, [r1, r2, lsl #1]\n\t"                 \
  "add r1, r10\n\tstr r1, " MCU_THIS_OUT("24") "\n\t"

/* r1 or r3: outputs that are left. Four are computed where that is enough, or twice enough. */
#define FOUR_OR_SIX(left, four) \
  "cmp " left ", #4\n\tble " four "\n\tsubs r2, " left ", #7\n\tcmp r2, #1\n\tbls " four "\n\t"

/* As MCU_PLANE_SUMS_DSP, and 9: six outputs, 10, 11, 12: what becomes of their sums, 13: store. */
__attribute__((naked, noinline)) static void sums_1(const struct mcu_plane_job* job
                                                    __attribute__((unused))) {
  __asm__ volatile(
      MCU_ENTER("24") MCU_CHOOSE("4f", "5f", "6f", MCU_FINISH("24"))
      MCU_CHOOSE("10f", "11f", "12f", MCU_FINISH_MORE("24"))
      MCU_BEGIN_CHANNEL("24", EXPAND)
      FOUR_OR_SIX("r1", "2f")
      "9: " MCU_BEGIN_SUMS("24") "mov r8, r4\n\tmov r9, r4\n\t" ROWS(ROW_OF_SIX)
      "sub r0, #2 * 240 - 12\n\tldr pc, " MCU_FINISH_MORE("24") "\n\t"
      "2: " MCU_BEGIN_SUMS("24") ROWS(ROW_1) "sub r0, #2 * 240 - 8\n\t"
      "ldr pc, " MCU_FINISH("24") "\n\t"
      ".balign 4\n\t"
      "4: " MCU_REQUANTIZE("24", MCU_FULL)
      "7: " MCU_STORE("24", "8f") "beq 3f\n\t" FOUR_OR_SIX("r3", "2b") "b 9b\n\t"
      MCU_END_CHANNEL("24")
      "8: " MCU_STORE_FEW
      ".balign 4\n\t"
      "5: " MCU_REQUANTIZE("24", MCU_RELU) "b 7b\n\t"
      ".balign 4\n\t"
      "6: " MCU_STORE_SUMS("24", "r4", "r7", "4") "beq 3b\n\t" FOUR_OR_SIX("r3", "2b") "b 9b\n\t"
      ".balign 4\n\t"
      "10: " REQUANTIZE_SIX(FULL_OF_SIX)
      "13: " STORE_SIX "cmp r3, #0\n\tbeq 3b\n\t" FOUR_OR_SIX("r3", "2b") "b 9b\n\t"
      ".balign 4\n\t"
      "11: " REQUANTIZE_SIX(RELU_OF_SIX) "b 13b\n\t"
      ".balign 4\n\t"
      "12: " MCU_STORE_SUMS("24", "r4", "r9", "6") "beq 3b\n\t" FOUR_OR_SIX("r3", "2b") "b 9b\n\t");
}

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
