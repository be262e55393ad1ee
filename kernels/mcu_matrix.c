#include "mcu_matrix.h"

#if defined(__SSE2__) && !defined(MCU_PORTABLE_ONLY)
#include <emmintrin.h>
#define MCU_HAS_SSE2 1
#else
#define MCU_HAS_SSE2 0
#endif

/* What products_4 and its siblings do with the sums of a pair of channels. */
enum finish { FINISH_FULL, FINISH_RELU, FINISH_SUMS };

#if MCU_HAS_DSP

/* GCC 12 keeps neither the sums in registers nor the rotation of SXTB16 in place, so the loop over
 * pairs of channels is written out: r4-r11 hold the sums of a pair (pixel 0 channel a, pixel 0
 * channel b, pixel 1 ...), r0 walks through the column, r1 through the weights.
 *
 * Frame: what the caller gave, in order; four words are used anew. */
#define MCU_COLUMN "#0"
#define MCU_WEIGHTS "#4"
#define MCU_BIAS "#8"
#define MCU_MULTIPLIER "#12"
#define MCU_SHIFT "#52"
#define MCU_ZERO "#56"
#define MCU_OUT "#60"
#define MCU_STRIDE "#64"
#define MCU_LAST "#68"
#define MCU_OUT_END "#72"
#define MCU_COLUMN_END "#76"
#define MCU_START "#80"  /* whether the depth is odd; then where the products begin */
#define MCU_FINISH "#84" /* enum finish; then where that begins */
#define MCU_ENTRY "#88"  /* where the unrolled loop is entered */
#define MCU_SKIP "#92"   /* bytes of column that the steps before it would take */

/* One word of the columns (two values of each pixel) times one word of weights (two values of each
 * channel). All instructions have four bytes. */
#define MCU_TAKE_WEIGHTS(bytes) \
  "ldr lr, [r1], #" bytes       \
  "\n\t"                        \
  "sxtb16 r12, lr\n\t"          \
  "sxtb16 lr, lr, ror #8\n\t"
#define MCU_PRODUCTS(a0, b0, a1, b1) \
  "ldrd r2, r3, [r0], #8\n\t"        \
  "smlad " a0 ", r2, r12, " a0       \
  "\n\t"                             \
  "smlad " b0 ", r2, lr, " b0        \
  "\n\t"                             \
  "smlad " a1 ", r3, r12, " a1       \
  "\n\t"                             \
  "smlad " b1 ", r3, lr, " b1 "\n\t"
#define MCU_STEP_1(bytes)     \
  MCU_TAKE_WEIGHTS(bytes)     \
  "ldr r2, [r0], #4\n\t"      \
  "smlad r4, r2, r12, r4\n\t" \
  "smlad r5, r2, lr, r5\n\t"
#define MCU_STEP_2(bytes) MCU_TAKE_WEIGHTS(bytes) MCU_PRODUCTS("r4", "r5", "r6", "r7")
#define MCU_STEP_4(bytes) MCU_STEP_2(bytes) MCU_PRODUCTS("r8", "r9", "r10", "r11")

/* Four sums at most, each taken through one instruction after the other. */
#define MCU_EACH_1(f, a, b, c, d) f(a)
#define MCU_EACH_2(f, a, b, c, d) f(a) f(b)
#define MCU_EACH_4(f, a, b, c, d) f(a) f(b) f(c) f(d)
#define MCU_DOUBLE(x) "lsl " x ", " x ", #1\n\t"
#define MCU_RELU_A(x) "smmlar " x ", " x ", r2, r1\n\t"
#define MCU_RELU_B(x) "smmlar " x ", " x ", r3, r1\n\t"
#define MCU_FULL_A(x) "smmlar r3, " x ", r2, r1\n\tadd " x ", r3, " x ", asr #31\n\t"
#define MCU_FULL_B(x) "smmlar r4, " x ", r3, r1\n\tadd " x ", r4, " x ", asr #31\n\t"
#define MCU_BYTE(x, at) "asr " x ", r12\n\tssat " x ", #8, " x "\n\tstrb " x ", [r0" at "]\n\t"

/* The last pixel first: where only three of four count, the third one overwrites it. */
#define MCU_STORE_1(a, b, c, d) MCU_BYTE(a, "")
#define MCU_STORE_2(a, b, c, d) MCU_BYTE(b, ", r2") MCU_BYTE(a, "")
#define MCU_STORE_4(a, b, c, d) \
  MCU_BYTE(d, ", r2") MCU_BYTE(c, ", lr, lsl #1") MCU_BYTE(b, ", lr") MCU_BYTE(a, "")

/* Shift of channel a or b to r12, its offset to r1. */
#define MCU_SHIFT_A "ldr r12, [sp, " MCU_SHIFT "]\n\tldrb r12, [r12]\n\t"
#define MCU_SHIFT_B                       \
  "ldr r1, [sp, " MCU_SHIFT               \
  "]\n\t"                                 \
  "ldrb r12, [r1, #1]\n\tadds r1, #2\n\t" \
  "str r1, [sp, " MCU_SHIFT "]\n\t"
#define MCU_OFFSET "ldr r1, [sp, " MCU_ZERO "]\n\tlsls r1, r12\n\tasrs r1, #1\n\t"
#define MCU_PLACE          \
  "ldr r2, [sp, " MCU_LAST \
  "]\n\t"                  \
  "ldr r0, [sp, " MCU_OUT "]\n\tldr lr, [sp, " MCU_STRIDE "]\n\t"

/* From where a pair of channels begins (an odd depth at 3) until its sums are done. */
#define MCU_LOOP(step, unroll) \
  "3:\n\t" step("2") "ldr pc, [sp, " MCU_ENTRY "]\n\t.balign 4\n\t" \
  "4: .rept " unroll "\n\t" step("4") ".endr\n\t" \
  "ldr r2, [sp, " MCU_COLUMN_END "]\n\tcmp r0, r2\n\tbne 4b\n\t"

#ifdef MCU_SCHEDULE_M7

/* For Cortex-M7, which issues a load beside an instruction of the SIMD unit where the load changes
 * no address: 15 instructions a step instead of 13, but by the model of llvm-mca 14 ten cycles
 * instead of fourteen. Each step loads what the next one begins with. */
#define MCU_STEP_AHEAD(b, c, d, next)                                   \
  "sxtb16 r12, lr\n\tldr.w r3, [r0, #" b                                \
  "]\n\t"                                                               \
  "sxtb16 lr, lr, ror #8\n\tsmlad r4, r2, r12, r4\n\t"                  \
  "smlad r5, r2, lr, r5\n\tldr.w r2, [r0, #" c                          \
  "]\n\t"                                                               \
  "smlad r6, r3, r12, r6\n\tsmlad r7, r3, lr, r7\n\tldr.w r3, [r0, #" d \
  "]\n\t"                                                               \
  "smlad r8, r2, r12, r8\n\tsmlad r9, r2, lr, r9\n\t" next              \
  "smlad r10, r3, r12, r10\n\tsmlad r11, r3, lr, r11\n\t"
#define MCU_STEP_M7(b, c, d, column, weights) \
  MCU_STEP_AHEAD(b, c, d, "ldr.w r2, [r0, #" column "]\n\t") "ldr lr, [r1, #" weights "]\n\t"
#define MCU_FIRST_AHEAD "ldr.w r2, [r0]\n\tldr lr, [r1]\n\t"
#define MCU_LOOP_4 \
  "3:\n\t" MCU_STEP_4("2") \
  "10: " MCU_FIRST_AHEAD "ldr r3, [sp, " MCU_SKIP "]\n\tsub r0, r3\n\t" \
  "sub r1, r1, r3, lsr #2\n\tldr pc, [sp, " MCU_ENTRY "]\n\t.balign 4\n\t" \
  "11: " MCU_FIRST_AHEAD ".balign 4\n\t" \
  "4:\n\t" MCU_STEP_M7("4", "8", "12", "16", "4") MCU_STEP_M7("20", "24", "28", "32", "8") \
  MCU_STEP_M7("36", "40", "44", "48", "12") MCU_STEP_M7("52", "56", "60", "64", "16") \
  MCU_STEP_M7("68", "72", "76", "80", "20") MCU_STEP_M7("84", "88", "92", "96", "24") \
  MCU_STEP_M7("100", "104", "108", "112", "28") MCU_STEP_AHEAD("116", "120", "124", "") \
  "add r0, #128\n\tadd r1, #32\n\t" \
  "ldr r2, [sp, " MCU_COLUMN_END "]\n\tcmp r0, r2\n\tbne 11b\n\t"
#define MCU_EVEN_4 "adr r2, 10f\n\torr r2, #1\n\t"
#define MCU_STEP_BYTES_4 "60"

#else

#define MCU_LOOP_4 MCU_LOOP(MCU_STEP_4, "8")
#define MCU_EVEN_4 ""
#define MCU_STEP_BYTES_4 "52"

#endif

#define MCU_DOT(loop, even, pixels, log_bytes, bytes, unroll, step_bytes, each, store, sums) \
  "push {r0-r11, lr}\n\t"                                                                   \
  "ldr r2, [sp, " MCU_COLUMN_END "]\n\tsubs r2, r0\n\t"                                     \
  "ldr r3, [sp, " MCU_START "]\n\tcmp r3, #0\n\tit ne\n\tsubne r2, #" bytes                 \
  "\n\t"                                                                                    \
  "lsrs r2, #" log_bytes                                                                    \
  "\n\t"                                                                                    \
  "rsbs r2, r2, #0\n\tand r2, r2, #" unroll                                                         \
  " - 1\n\t"                                                                                \
  "mov r3, #" step_bytes "\n\tlsl r12, r2, #" log_bytes "\n\tstr r12, [sp, " MCU_SKIP "]\n\t" \
  "adr r12, 4f\n\tmla r2, r2, r3, r12\n\torr r2, #1\n\tstr r2, [sp, " MCU_ENTRY "]\n\t" even \
  "ldr r3, [sp, " MCU_START "]\n\tcmp r3, #0\n\tbeq 1f\n\tadr r2, 3f\n\torr r2, #1\n\t" \
  "1: str r2, [sp, " MCU_START "]\n\t"                                                      \
  "ldr r3, [sp, " MCU_FINISH "]\n\tadr r2, 5f\n\t"                                          \
  "cmp r3, #1\n\tbne 1f\n\tadr r2, 6f\n\t"                                                  \
  "1: cmp r3, #2\n\tbne 1f\n\tadr r2, 7f\n\t"                                               \
  "1: orr r2, #1\n\tstr r2, [sp, " MCU_FINISH "]\n\t"                                       \
  "2: ldr r1, [sp, " MCU_WEIGHTS "]\n\tldr r0, [sp, " MCU_COLUMN "]\n\t"                    \
  "ldr r2, [sp, " MCU_BIAS "]\n\tldrd r4, r5, [r2], #8\n\tstr r2, [sp, " MCU_BIAS "]\n\t"   \
  pixels                                                                                    \
  "ldr pc, [sp, " MCU_START "]\n\t"                                                         \
  ".balign 4\n\t"                                                                           \
  loop \
  "ldr pc, [sp, " MCU_FINISH "]\n\t"                                                        \
  ".balign 4\n\t"                                                                           \
  "5: str r1, [sp, " MCU_WEIGHTS "]\n\t"                                                    \
  "ldr r12, [sp, " MCU_MULTIPLIER "]\n\tldr r2, [r12], #4\n\t"                              \
  "str r12, [sp, " MCU_MULTIPLIER "]\n\t"                                                   \
  MCU_SHIFT_A MCU_OFFSET                                                                    \
  each(MCU_DOUBLE, "r4", "r6", "r8", "r10") each(MCU_FULL_A, "r4", "r6", "r8", "r10")       \
  MCU_PLACE store("r4", "r6", "r8", "r10")                                                  \
  "ldr r4, [sp, " MCU_MULTIPLIER "]\n\tldr r3, [r4], #4\n\t"                                \
  "str r4, [sp, " MCU_MULTIPLIER "]\n\t"                                                    \
  MCU_SHIFT_B MCU_OFFSET                                                                    \
  each(MCU_DOUBLE, "r5", "r7", "r9", "r11") each(MCU_FULL_B, "r5", "r7", "r9", "r11")       \
  "adds r0, #1\n\t" store("r5", "r7", "r9", "r11")                                          \
  "8: adds r0, #1\n\tstr r0, [sp, " MCU_OUT "]\n\t"                                         \
  "ldr r2, [sp, " MCU_OUT_END "]\n\tcmp r0, r2\n\tbne 2b\n\t"                               \
  "9: add sp, #16\n\tpop {r4-r11, pc}\n\t"                                                  \
  ".balign 4\n\t"                                                                           \
  "6: str r1, [sp, " MCU_WEIGHTS "]\n\t"                                                    \
  "ldr r12, [sp, " MCU_MULTIPLIER "]\n\tldrd r2, r3, [r12], #8\n\t"                         \
  "str r12, [sp, " MCU_MULTIPLIER "]\n\t"                                                   \
  MCU_SHIFT_A MCU_OFFSET                                                                    \
  each(MCU_DOUBLE, "r4", "r6", "r8", "r10") each(MCU_RELU_A, "r4", "r6", "r8", "r10")       \
  MCU_PLACE store("r4", "r6", "r8", "r10")                                                  \
  MCU_SHIFT_B MCU_OFFSET                                                                    \
  each(MCU_DOUBLE, "r5", "r7", "r9", "r11") each(MCU_RELU_B, "r5", "r7", "r9", "r11")       \
  "adds r0, #1\n\t" store("r5", "r7", "r9", "r11")                                          \
  "b 8b\n\t"                                                                                \
  ".balign 4\n\t"                                                                           \
  "7: ldr r2, [sp, " MCU_OUT "]\n\tstmia r2, {r4-" sums "}\n\tb 9b\n\t"

#define MCU_ARGUMENTS                                                                           \
  const int32_t *column __attribute__((unused)), const int8_t *weights __attribute__((unused)), \
      const int32_t *bias __attribute__((unused)),                                              \
      const int32_t *multiplier __attribute__((unused)),                                        \
      const int8_t *shift __attribute__((unused)), int32_t zero __attribute__((unused)),        \
      void *out __attribute__((unused)), int32_t stride __attribute__((unused)),                \
      int32_t last __attribute__((unused)), const void *out_end __attribute__((unused)),        \
      const int32_t *column_end __attribute__((unused)), int32_t odd __attribute__((unused)),   \
      enum finish finish __attribute__((unused)), int32_t entry __attribute__((unused)),        \
      int32_t skip __attribute__((unused))

/* Pairs of channels of a tile with 4, 2, 1 pixels until `out` is `out_end`; for FINISH_SUMS one
 * pair, whose sums go to `out`. zero: 2 * zero point + 1; stride: bytes from a pixel to the next,
 * last: to the last one that is used. An odd depth of 1 would read past its two bytes of weights.
 */
__attribute__((naked, noinline)) static void products_4(MCU_ARGUMENTS) {
  __asm__ volatile(MCU_DOT(MCU_LOOP_4, MCU_EVEN_4,
                           "mov r6, r4\n\tmov r7, r5\n\tmov r8, r4\n\tmov r9, r5\n\t"
                           "mov r10, r4\n\tmov r11, r5\n\t",
                           "4", "16", "8", MCU_STEP_BYTES_4, MCU_EACH_4, MCU_STORE_4, "r11"));
}

__attribute__((naked, noinline)) static void products_2(MCU_ARGUMENTS) {
  __asm__ volatile(MCU_DOT(MCU_LOOP(MCU_STEP_2, "8"), "", "mov r6, r4\n\tmov r7, r5\n\t", "3", "8",
                           "8", "32", MCU_EACH_2, MCU_STORE_2, "r7"));
}

__attribute__((naked, noinline)) static void products_1(MCU_ARGUMENTS) {
  __asm__ volatile(MCU_DOT(MCU_LOOP(MCU_STEP_1, "4"), "", "", "2", "4", "4", "24", MCU_EACH_1,
                           MCU_STORE_1, "r5"));
}

static void products(const struct mcu_weighted* op, const struct mcu_tile* tile,
                     const int8_t* weights, const int32_t* bias, enum finish finish, void* out,
                     const void* out_end) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t stride = op->window.out_step;
  const int32_t* end = tile->column + mcu_column_words(tile->depth) * tile->pixels;
  (tile->pixels == 4   ? products_4
   : tile->pixels == 2 ? products_2
                       : products_1)(tile->column, weights, bias, r->multiplier, r->right_shift,
                                     2 * r->zero_point + 1, out, stride, (tile->used - 1) * stride,
                                     out_end, end, tile->depth & 1, finish, 0, 0);
}

/* Pairs of channels, all at once. False: the operator is none of those for which that is possible.
 */
static int multiply_at_once(const struct mcu_weighted* op, const struct mcu_tile* tile,
                            int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t pairs = op->window.out_channels & ~1;
  const int relu = r->rounding == MCU_ROUND_RELU_FAST;
  if (tile->depth < 2 || !mcu_clamps_to_int8(r) ||
      (!relu && r->rounding != MCU_ROUND_DOUBLE_FAST)) {
    return 0;
  }
  if (pairs != 0) {
    products(op, tile, op->weights, r->bias, relu ? FINISH_RELU : FINISH_FULL, out, out + pairs);
  }
  return 1;
}

#elif MCU_HAS_SSE2

/* The four pixels of a column word are the lanes of PMADDWD. */
static void dot_4(const int32_t* column, const int8_t* weights, int32_t depth, int32_t* sums) {
  __m128i first = _mm_set1_epi32(sums[0]), second = _mm_set1_epi32(sums[1]);
  for (int32_t left = mcu_column_words(depth), odd = depth & 1; left > 0; --left, odd = 0) {
    const int32_t word = odd ? (int32_t)((uint8_t)weights[0] | (uint32_t)(uint8_t)weights[1] << 8)
                             : mcu_load32(weights);
    weights += odd ? 2 : 4;
    const __m128i bytes = _mm_set1_epi32(word);
    const __m128i values = _mm_loadu_si128((const __m128i*)column);
    column += 4;
    const __m128i a = _mm_srai_epi16(_mm_slli_epi16(bytes, 8), 8);
    const __m128i b = _mm_srai_epi16(bytes, 8);
    first = _mm_add_epi32(first, _mm_madd_epi16(values, a));
    second = _mm_add_epi32(second, _mm_madd_epi16(values, b));
  }
  _mm_storeu_si128((__m128i*)sums, _mm_unpacklo_epi32(first, second));
  _mm_storeu_si128((__m128i*)(sums + 4), _mm_unpackhi_epi32(first, second));
}

#endif

static void dot_any(const struct mcu_tile* tile, const int8_t* weights, int32_t* sums) {
  const int32_t words = mcu_column_words(tile->depth), odd = tile->depth & 1;
  const int32_t bias_a = sums[0], bias_b = sums[1];
  for (int32_t p = 0; p < tile->pixels; ++p) {
    const int32_t* column = tile->column + p;
    const int8_t* w = weights;
    int32_t a = bias_a, b = bias_b;
    if (odd) {
      a = mcu_smlad(*column, w[0] & 0xffff, a);
      b = mcu_smlad(*column, w[1] & 0xffff, b);
      w += 2;
      column += tile->pixels;
    }
    for (int32_t n = words - odd; n > 0; --n) {
      const int32_t word = mcu_load32(w);
      w += 4;
      a = mcu_smlad(*column, mcu_sxtb16(word), a);
      b = mcu_smlad(*column, mcu_sxtb16_ror8(word), b);
      column += tile->pixels;
    }
    sums[2 * p] = a;
    sums[2 * p + 1] = b;
  }
}

/* sums[2 * p + c]: pixel p of the tile, channel c of the pair. On entry sums[0] and sums[1] hold
 * the biases of the pair, on return all products are in. */
static void multiply_pair(const struct mcu_weighted* op, const struct mcu_tile* tile,
                          const int8_t* weights, int32_t* sums) {
  (void)op;
#if MCU_HAS_DSP
  if (tile->depth > 1) {
    products(op, tile, weights, sums, FINISH_SUMS, sums, NULL);
    return;
  }
#elif MCU_HAS_SSE2
  if (tile->depth > 1 && tile->pixels == 4) {
    dot_4(tile->column, weights, tile->depth, sums);
    return;
  }
#endif
  dot_any(tile, weights, sums);
}

/* The last of an odd number of channels: its values stand alone, in column order. */
static void multiply_single(const struct mcu_tile* tile, const int8_t* weights, int32_t bias,
                            int32_t* sums) {
  for (int32_t p = 0; p < tile->pixels; ++p) {
    const int32_t* column = tile->column + p;
    const int8_t* w = weights;
    int32_t sum = bias;
    if (tile->depth & 1) {
      sum = mcu_smlad(*column, *w++ & 0xffff, sum);
      column += tile->pixels;
    }
    for (int32_t n = tile->depth / 2; n > 0; --n) {
      sum = mcu_smlad(*column, mcu_pair(w[0], w[1]), sum);
      w += 2;
      column += tile->pixels;
    }
    sums[2 * p] = sum;
  }
}

static void multiply_pairs(const struct mcu_weighted* op, const struct mcu_tile* tile,
                           int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t channels = op->window.out_channels, step = op->window.out_step;
  const int8_t* weights = op->weights;
  int32_t sums[8];
  for (int32_t channel = 0; channel + 1 < channels; channel += 2) {
    sums[0] = r->bias[channel];
    sums[1] = r->bias[channel + 1];
    multiply_pair(op, tile, weights, sums);
    weights += mcu_pair_bytes(tile->depth);
    for (int32_t c = 0; c < 2; ++c) {
      mcu_requantize_channel(r, channel + c, sums + c, 2, tile->used, out + channel + c, step);
    }
  }
}

void mcu_multiply_tile(const struct mcu_weighted* op, const struct mcu_tile* tile, int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t channels = op->window.out_channels, last = channels - 1;
#if MCU_HAS_DSP
  if (!multiply_at_once(op, tile, out)) multiply_pairs(op, tile, out);
#else
  multiply_pairs(op, tile, out);
#endif
  if (channels % 2 != 0) {
    int32_t sums[8];
    multiply_single(tile, op->weights + last / 2 * mcu_pair_bytes(tile->depth), r->bias[last],
                    sums);
    mcu_requantize_channel(r, last, sums, 2, tile->used, out + last, op->window.out_step);
  }
}

/* A pair of channels or, in_pair == 1, the last one; sums as for multiply_pair. */
static void multiply_channels(const struct mcu_weighted* op, const struct mcu_tile* tile,
                              const int8_t* weights, int32_t in_pair, int32_t* sums) {
  if (in_pair == 2) {
    multiply_pair(op, tile, weights, sums);
  } else {
    multiply_single(tile, weights, sums[0], sums);
  }
}

void mcu_accumulate_tile(const struct mcu_weighted* op, const struct mcu_tile* tile,
                         int32_t* sums) {
  const int32_t channels = op->window.out_channels;
  const int32_t* bias = op->requantization.bias;
  const int8_t* weights = op->weights;
  for (int32_t channel = 0; channel < channels; channel += 2) {
    const int32_t in_pair = channels - channel < 2 ? 1 : 2;
    int32_t products[8] = {0};
    if (bias != NULL) {
      for (int32_t c = 0; c < in_pair; ++c) products[c] = bias[channel + c];
    }
    multiply_channels(op, tile, weights, in_pair, products);
    weights += mcu_pair_bytes(tile->depth);
    for (int32_t p = 0; p < tile->used; ++p) {
      int32_t* sum = sums + p * op->window.out_step + channel;
      for (int32_t c = 0; c < in_pair; ++c) {
        sum[c] = products[2 * p + c] + (bias != NULL ? 0 : sum[c]);
      }
    }
  }
}

/* Values [begin, begin + tile->depth) of the depth, for output channels from `first` on. */
static void multiply_block(const struct mcu_weighted* op, const struct mcu_tile* tile,
                           int32_t depth, int32_t begin, int32_t first, int32_t channels,
                           int32_t* sums) {
  for (int32_t c = 0; c < channels; c += 2) {
    const int32_t in_pair = op->window.out_channels - (first + c) < 2 ? 1 : 2;
    const int8_t* weights = op->weights + (size_t)(first + c) * (size_t)depth + in_pair * begin;
    int32_t products[8] = {sums[c], in_pair == 2 ? sums[c + 1] : 0};
    multiply_channels(op, tile, weights, in_pair, products);
    for (int32_t i = 0; i < in_pair; ++i) sums[c + i] = products[i];
  }
}

/* The first block holds the values before the fours, the others are multiples of four, so that one
 * run of `count` bytes is spread as the weights demand. */
static void fill_block(const int8_t* values, int32_t rest, int32_t count, int32_t* words) {
  const struct mcu_column first = {words, 1, rest, 1};
  const struct mcu_column others = {words + (rest + 1) / 2, 1, 1, count - rest};
  const int8_t* run = values;
  for (int32_t i = 0; i < rest; ++i, ++run) mcu_fill_row(&first, i, &run);
  mcu_fill_row(&others, 0, &run);
}

void mcu_multiply_deep(const struct mcu_weighted* op, const struct mcu_column* shape,
                       mcu_window_values* values, const void* window, int8_t* out, void* scratch) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t depth = mcu_column_depth(shape);
  int32_t* sums = scratch;
  int32_t* column = sums + MCU_BLOCK_CHANNELS;
  int8_t* staged = (int8_t*)(column + mcu_column_words(MCU_BLOCK_DEPTH));
  for (int32_t first = 0; first < op->window.out_channels; first += MCU_BLOCK_CHANNELS) {
    const int32_t left = op->window.out_channels - first;
    const int32_t channels = left < MCU_BLOCK_CHANNELS ? left : MCU_BLOCK_CHANNELS;
    memcpy(sums, r->bias + first, (size_t)channels * sizeof *sums);
    int32_t rest = shape->rows * (shape->run & 3);
    int32_t count = MCU_BLOCK_DEPTH - 4 + (rest & 3);
    for (int32_t begin = 0; begin < depth; begin += count, count = MCU_BLOCK_DEPTH, rest = 0) {
      if (count > depth - begin) count = depth - begin;
      fill_block(values(window, begin, count, staged), rest, count, column);
      const struct mcu_tile tile = {column, 1, 1, count};
      multiply_block(op, &tile, depth, begin, first, channels, sums);
    }
    for (int32_t c = 0; c < channels; ++c) {
      mcu_requantize_channel(r, first + c, sums + c, 1, 1, out + first + c, 1);
    }
  }
}
