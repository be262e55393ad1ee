/* Sums over planes for Armv7E-M, written out: GCC 12 keeps neither the sums of four outputs (r4 to
 * r7) nor the columns below them in registers. r0 walks through the planes.
 *
 * A file defines one function per stride with MCU_PLANE_SUMS_DSP; its arguments:
 *   area      bytes of the weights of a channel as pairs of 16-bit values, at sp
 *   expand    r1: weights of the channel, r12: where the pairs go; both advance
 *   rows      all rows of four outputs; r0 advances by a row but for the last one
 *   back      bytes from the last row to the first one of the next four outputs */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_DEPTHWISE_DSP_H
#define MCUNAS_ENGINE_KERNELS_MCU_DEPTHWISE_DSP_H

#include "mcu_depthwise.h"

#if MCU_HAS_DSP

_Static_assert(MCU_PLANE_ROW_BYTES == 240, "the step to the next row below");
#define MCU_NEXT_ROW "add r0, #240\n\t"

/* Bytes a b c d of a register to the pairs (a, c), in place, and (b, d). */
#define MCU_EXPAND(x, y) "sxtb16 " y ", " x ", ror #8\n\tsxtb16 " x ", " x "\n\t"

#define MCU_MAC(op, sum, values, weights) op " " sum ", " values ", " weights ", " sum "\n\t"

/* The frame behind the pairs: the job, then what belongs to the channel at work. */
#define MCU_SLOT(area, offset) "[sp, #" area " + " offset "]"
#define MCU_PLANES(area) MCU_SLOT(area, "0")
#define MCU_WEIGHTS(area) MCU_SLOT(area, "4")
#define MCU_BIAS(area) MCU_SLOT(area, "8")
#define MCU_MULTIPLIER(area) MCU_SLOT(area, "12")
#define MCU_SHIFT(area) MCU_SLOT(area, "16")
#define MCU_ZERO(area) MCU_SLOT(area, "20")
#define MCU_OUT(area) MCU_SLOT(area, "24")
#define MCU_STRIDE(area) MCU_SLOT(area, "28")
#define MCU_COUNT(area) MCU_SLOT(area, "32")
#define MCU_CHANNELS(area) MCU_SLOT(area, "36")
#define MCU_FINISH(area) MCU_SLOT(area, "40")
#define MCU_THIS_BIAS(area) MCU_SLOT(area, "44")
#define MCU_THIS_FACTOR(area) MCU_SLOT(area, "48") /* multiplier and offset */
#define MCU_THIS_SHIFT(area) MCU_SLOT(area, "56")
#define MCU_THIS_OUT(area) MCU_SLOT(area, "60")
#define MCU_LEFT(area) MCU_SLOT(area, "64")

#define MCU_FINISH_MORE(area) MCU_SLOT(area, "68")

#define MCU_DOUBLE(x) "lsl " x ", " x ", #1\n\t"
#define MCU_SATURATE(x) "asr " x ", r12\n\tssat " x ", #8, " x "\n\t"
#define MCU_EACH(f) f("r4") f("r5") f("r6") f("r7")

#define MCU_ENTER(area)    \
  "push {r4-r11, lr}\n\t"  \
  "sub sp, #" area         \
  " + 72\n\t"              \
  "ldmia r0, {r1-r11}\n\t" \
  "add r12, sp, #" area "\n\tstmia r12, {r1-r11}\n\t"

/* r11: enum mcu_plane_finish. The address that belongs to it goes to `slot`. */
#define MCU_CHOOSE(full, relu, sums, slot)                     \
  "adr r1, " full "\n\tcmp r11, #1\n\tbne 1f\n\tadr r1, " relu \
  "\n\t"                                                       \
  "1: cmp r11, #2\n\tbne 1f\n\tadr r1, " sums                  \
  "\n\t"                                                       \
  "1: orr r1, #1\n\tstr r1, " slot "\n\t"

/* Label 1: what a channel begins with. Ends with `count` in r1. */
#define MCU_BEGIN_CHANNEL(area, expand) \
  "1: ldr r1, " MCU_WEIGHTS(area) "\n\tmov r12, sp\n\t" expand                                    \
  "str r1, " MCU_WEIGHTS(area) "\n\t"                                                             \
  "ldr r1, " MCU_BIAS(area) "\n\tldr r2, [r1], #4\n\t"                                            \
  "str r1, " MCU_BIAS(area) "\n\tstr r2, " MCU_THIS_BIAS(area) "\n\t"                             \
  "ldr r1, " MCU_MULTIPLIER(area) "\n\tldr r2, [r1], #4\n\t"                                      \
  "str r1, " MCU_MULTIPLIER(area) "\n\t"                                                          \
  "ldr r1, " MCU_SHIFT(area) "\n\tldrb r4, [r1], #1\n\t"                                          \
  "str r1, " MCU_SHIFT(area) "\n\tstr r4, " MCU_THIS_SHIFT(area) "\n\t"                           \
  "ldr r3, " MCU_ZERO(area) "\n\tlsls r3, r4\n\tasrs r3, #1\n\t"                                  \
  "strd r2, r3, " MCU_THIS_FACTOR(area) "\n\t"                                                    \
  "ldr r1, " MCU_OUT(area) "\n\tstr r1, " MCU_THIS_OUT(area) "\n\t"                               \
  "adds r1, #1\n\tstr r1, " MCU_OUT(area) "\n\t"                                                  \
  "ldr r0, " MCU_PLANES(area) "\n\tadd r1, r0, #60\n\tstr r1, " MCU_PLANES(area) "\n\t"           \
  "ldr r1, " MCU_COUNT(area) "\n\tstr r1, " MCU_LEFT(area) "\n\t"

/* Label 3: on to the next channel, or back. */
#define MCU_END_CHANNEL(area) \
  "3: ldr r1, " MCU_CHANNELS(area) "\n\tsubs r1, #1\n\tstr r1, " MCU_CHANNELS(area)               \
  "\n\tbne 1b\n\t"                                                                                \
  "add sp, #" area " + 72\n\tpop {r4-r11, pc}\n\t"

/* Four sums to values. */
#define MCU_RELU(x) "smmlar " x ", " x ", r8, r9\n\t"
#define MCU_FULL(x) "smmlar r10, " x ", r8, r9\n\tadd " x ", r10, " x ", asr #31\n\t"
#define MCU_REQUANTIZE(area, form)                                                            \
  "ldrd r8, r9, " MCU_THIS_FACTOR(area) "\n\tldr r12, " MCU_THIS_SHIFT(area) "\n\t" MCU_EACH( \
      MCU_DOUBLE) MCU_EACH(form) MCU_EACH(MCU_SATURATE)

/* Stores them. Fewer than four are the last ones of the channel; otherwise r3 is what is left, and
 * the flags compare it with 0. */
#define MCU_STORE(area, fewer) \
  "ldr r1, " MCU_THIS_OUT(area) "\n\tldr r2, " MCU_STRIDE(area) "\n\t"                            \
  "ldr r3, " MCU_LEFT(area) "\n\tsubs r3, #4\n\tblt " fewer "\n\t"                                \
  "str r3, " MCU_LEFT(area) "\n\t"                                                                \
  "strb r4, [r1]\n\tstrb r5, [r1, r2]\n\tstrb r6, [r1, r2, lsl #1]\n\t"                           \
  "add r8, r2, r2, lsl #1\n\tstrb r7, [r1, r8]\n\t"                                               \
  "add r1, r1, r2, lsl #2\n\tstr r1, " MCU_THIS_OUT(area) "\n\t"

/* One to three values; r3 is what is left less four. */
#define MCU_STORE_FEW                                               \
  "strb r4, [r1]\n\tadds r3, #3\n\tbeq 3b\n\tstrb r5, [r1, r2]\n\t" \
  "subs r3, #1\n\tbeq 3b\n\tstrb r6, [r1, r2, lsl #1]\n\tb 3b\n\t"

#define MCU_STORE_SUMS(area, first, last, count) \
  "ldr r1, " MCU_THIS_OUT(area) "\n\tstmia r1!, {" first "-" last "}\n\t"                         \
  "str r1, " MCU_THIS_OUT(area) "\n\t"                                                            \
  "ldr r3, " MCU_LEFT(area) "\n\tsubs r3, #" count "\n\tstr r3, " MCU_LEFT(area) "\n\t"

#define MCU_BEGIN_SUMS(area) \
  "ldr r4, " MCU_THIS_BIAS(area) "\n\tmov r5, r4\n\tmov r6, r4\n\tmov r7, r4\n\t"

/* 2: four outputs, 4: MCU_PLANE_FULL, 5: _RELU, 6: _SUMS, 7: store, 8: fewer than four. */
#define MCU_PLANE_SUMS_DSP(name, area, expand, rows, back)                                          \
  __attribute__((naked, noinline)) static void name(const struct mcu_plane_job* job                 \
                                                    __attribute__((unused))) {                      \
    __asm__ volatile(                                                                             \
        MCU_ENTER(area) MCU_CHOOSE("4f", "5f", "6f", MCU_FINISH(area))                            \
        MCU_BEGIN_CHANNEL(area, expand)                                                           \
        "2: " MCU_BEGIN_SUMS(area) rows "sub r0, #" back "\n\tldr pc, " MCU_FINISH(area) "\n\t"   \
        ".balign 4\n\t"                                                                           \
        "4: " MCU_REQUANTIZE(area, MCU_FULL)                                                      \
        "7: " MCU_STORE(area, "8f") "bne 2b\n\t"                                                  \
        MCU_END_CHANNEL(area)                                                                     \
        "8: " MCU_STORE_FEW                                                                       \
        ".balign 4\n\t"                                                                           \
        "5: " MCU_REQUANTIZE(area, MCU_RELU) "b 7b\n\t"                                           \
        ".balign 4\n\t"                                                                           \
        "6: " MCU_STORE_SUMS(area, "r4", "r7", "4") "bne 2b\n\tb 3b\n\t"); \
  }

#else

#define MCU_PLANE_SUMS_DSP(name, area, expand, rows, back)

#endif
#endif
