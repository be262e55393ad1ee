#include "mcu_matrix.h"

#if defined(__SSE2__) && !defined(MCU_PORTABLE_ONLY)
#include <emmintrin.h>
#define MCU_HAS_SSE2 1
#else
#define MCU_HAS_SSE2 0
#endif

void mcu_fill_column(const int8_t* values, int32_t depth, int32_t* column, int32_t pixels) {
  if (depth & 1) {
    *column = mcu_pair(*values++, 0);
    column += pixels;
  }
  for (int32_t n = depth >> 2; n > 0; --n) {
    const int32_t word = mcu_load32(values);
    values += 4;
    column[0] = mcu_sxtb16(word);
    column[pixels] = mcu_sxtb16_ror8(word);
    column += 2 * pixels;
  }
  if (depth & 2) *column = mcu_pair(values[0], values[1]);
}

/* sums[2 * p + c]: pixel p of the tile, channel c of the pair. On entry sums[0] and sums[1] hold
 * the biases of the pair, on return all products are in. */
#if MCU_HAS_DSP

/* One word of the columns (two values of each pixel) times one word of weights (two values of each
 * channel). GCC 12 keeps neither the sums nor the rotation of SXTB16 in place, so this is written
 * out. */
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

/* Frame: [sp] end of the weights, [sp, #4] depth, [sp, #8] sums. */
#define MCU_DOT(step) \
  "push {r1-r11, lr}\n\t"               \
  "add r12, r1, r2, lsl #1\n\t"         \
  "str r12, [sp]\n\t"                   \
  "ldrd r4, r5, [r3]\n\t"               \
  "mov r6, r4\n\tmov r7, r5\n\t"        \
  "mov r8, r4\n\tmov r9, r5\n\t"        \
  "mov r10, r4\n\tmov r11, r5\n\t"      \
  "lsls r2, r2, #31\n\t"                \
  "beq 1f\n\t" step("2")                \
  "1: ldr r2, [sp, #4]\n\t"             \
  "tst r2, #2\n\t"                      \
  "beq 2f\n\t" step("4")                \
  "2: ldr r2, [sp, #4]\n\t"             \
  "tst r2, #4\n\t"                      \
  "beq 3f\n\t" step("4") step("4")      \
  "3: ldr r2, [sp]\n\t"                 \
  "cmp r1, r2\n\t"                      \
  "beq 5f\n\t"                          \
  "4:\n\t" step("4") step("4") step("4") step("4") \
  "ldr r2, [sp]\n\t"                    \
  "cmp r1, r2\n\t"                      \
  "bne 4b\n\t"                          \
  "5: ldr r3, [sp, #8]\n\t"             \
  "stmia r3, {r4-r11}\n\t"              \
  "add sp, #12\n\t"                     \
  "pop {r4-r11, pc}\n\t"

/* All store eight sums. An odd depth of 1 would read past its two bytes of weights: see
 * multiply_pair. */
__attribute__((naked, noinline)) static void dot_4(const int32_t* column __attribute__((unused)),
                                                   const int8_t* weights __attribute__((unused)),
                                                   int32_t depth __attribute__((unused)),
                                                   int32_t* sums __attribute__((unused))) {
  __asm__ volatile(MCU_DOT(MCU_STEP_4));
}

__attribute__((naked, noinline)) static void dot_2(const int32_t* column __attribute__((unused)),
                                                   const int8_t* weights __attribute__((unused)),
                                                   int32_t depth __attribute__((unused)),
                                                   int32_t* sums __attribute__((unused))) {
  __asm__ volatile(MCU_DOT(MCU_STEP_2));
}

__attribute__((naked, noinline)) static void dot_1(const int32_t* column __attribute__((unused)),
                                                   const int8_t* weights __attribute__((unused)),
                                                   int32_t depth __attribute__((unused)),
                                                   int32_t* sums __attribute__((unused))) {
  __asm__ volatile(MCU_DOT(MCU_STEP_1));
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

#if !MCU_HAS_DSP && !MCU_HAS_SSE2

static void dot_4(const int32_t* column, const int8_t* weights, int32_t depth, int32_t* sums) {
  const struct mcu_tile tile = {column, 4, 4, depth};
  dot_any(&tile, weights, sums);
}

#endif

static void multiply_pair(const struct mcu_tile* tile, const int8_t* weights, int32_t* sums) {
  if (tile->depth > 1 && tile->pixels == 4) {
    dot_4(tile->column, weights, tile->depth, sums);
    return;
  }
#if MCU_HAS_DSP
  if (tile->depth > 1) {
    (tile->pixels == 2 ? dot_2 : dot_1)(tile->column, weights, tile->depth, sums);
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

/* One channel of `used` pixels, fast rounding. full: the clamp is that of int8. */
MCU_INLINE void store_channel(const struct mcu_requantization* r, int32_t channel,
                              const int32_t* sums, int32_t used, int full, int8_t* out,
                              int32_t channels) {
  const int32_t shift = r->right_shift[channel], multiplier = r->multiplier[channel];
  if (shift < 1) {
    mcu_requantize_channel(r, channel, sums, 2, used, out, channels);
    return;
  }
  const int32_t offset = mcu_fast_offset(r->zero_point, shift);
  const int32_t low = r->low, high = r->high;
#pragma GCC unroll 4
  for (int32_t p = 0; p < used; ++p) {
    const int32_t value = mcu_multiply_fast(sums[2 * p], multiplier, shift, offset);
    out[p * channels] = (int8_t)(full ? mcu_saturate8(value) : mcu_clamp(value, low, high));
  }
}

/* multiply_pair where it is known how many pixels are used and that the depth is no 1. */
MCU_INLINE void multiply_used(const struct mcu_tile* tile, const int8_t* weights, int32_t used,
                              int32_t* sums) {
  if (used >= 3) {
    dot_4(tile->column, weights, tile->depth, sums);
    return;
  }
#if MCU_HAS_DSP
  (used == 2 ? dot_2 : dot_1)(tile->column, weights, tile->depth, sums);
#else
  dot_any(tile, weights, sums);
#endif
}

/* All pairs of channels, fast rounding; used: pixels of the tile. full and used are constants after
 * inlining. */
MCU_INLINE void multiply_fast(const struct mcu_weighted* op, const struct mcu_tile* tile,
                              int32_t used, int full, int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t channels = op->window.out_channels;
  const int8_t* weights = op->weights;
  int32_t sums[8];
  for (int32_t channel = 0; channel + 1 < channels; channel += 2) {
    sums[0] = r->bias[channel];
    sums[1] = r->bias[channel + 1];
    multiply_used(tile, weights, used, sums);
    weights += mcu_pair_bytes(tile->depth);
    store_channel(r, channel, &sums[0], used, full, out + channel, channels);
    store_channel(r, channel + 1, &sums[1], used, full, out + channel + 1, channels);
  }
}

/* The end of a row or of a segment. */
static __attribute__((noinline)) void multiply_few(const struct mcu_weighted* op,
                                                   const struct mcu_tile* tile, int8_t* out) {
  if (tile->used == 1) multiply_fast(op, tile, 1, 0, out);
  if (tile->used == 2) multiply_fast(op, tile, 2, 0, out);
  if (tile->used == 3) multiply_fast(op, tile, 3, 0, out);
}

static void multiply_any(const struct mcu_weighted* op, const struct mcu_tile* tile, int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t channels = op->window.out_channels;
  const int8_t* weights = op->weights;
  int32_t sums[8];
  for (int32_t channel = 0; channel + 1 < channels; channel += 2) {
    sums[0] = r->bias[channel];
    sums[1] = r->bias[channel + 1];
    multiply_pair(tile, weights, sums);
    weights += mcu_pair_bytes(tile->depth);
    for (int32_t c = 0; c < 2; ++c) {
      mcu_requantize_channel(r, channel + c, sums + c, 2, tile->used, out + channel + c, channels);
    }
  }
}

void mcu_multiply_tile(const struct mcu_weighted* op, const struct mcu_tile* tile, int8_t* out) {
  const struct mcu_requantization* r = &op->requantization;
  const int32_t channels = op->window.out_channels, last = channels - 1;
  if (tile->depth < 2 || r->rounding != MCU_ROUND_DOUBLE_FAST) {
    multiply_any(op, tile, out);
  } else if (tile->used != 4) {
    multiply_few(op, tile, out);
  } else if (r->low == -128 && r->high == 127) {
    multiply_fast(op, tile, 4, 1, out);
  } else {
    multiply_fast(op, tile, 4, 0, out);
  }
  if (channels % 2 != 0) {
    int32_t sums[8];
    multiply_single(tile, op->weights + last / 2 * mcu_pair_bytes(tile->depth), r->bias[last],
                    sums);
    mcu_requantize_channel(r, last, sums, 2, tile->used, out + last, channels);
  }
}

/* A pair of channels or, in_pair == 1, the last one; sums as for multiply_pair. */
static void multiply_channels(const struct mcu_tile* tile, const int8_t* weights, int32_t in_pair,
                              int32_t* sums) {
  if (in_pair == 2) {
    multiply_pair(tile, weights, sums);
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
    multiply_channels(tile, weights, in_pair, products);
    weights += mcu_pair_bytes(tile->depth);
    for (int32_t p = 0; p < tile->used; ++p) {
      int32_t* sum = sums + p * channels + channel;
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
    multiply_channels(tile, weights, in_pair, products);
    for (int32_t i = 0; i < in_pair; ++i) sums[c + i] = products[i];
  }
}

void mcu_multiply_deep(const struct mcu_weighted* op, int32_t depth, mcu_window_values* values,
                       const void* window, int8_t* out, void* scratch) {
  const struct mcu_requantization* r = &op->requantization;
  int32_t* sums = scratch;
  int32_t* column = sums + MCU_BLOCK_CHANNELS;
  int8_t* staged = (int8_t*)(column + mcu_column_words(MCU_BLOCK_DEPTH));
  for (int32_t first = 0; first < op->window.out_channels; first += MCU_BLOCK_CHANNELS) {
    const int32_t left = op->window.out_channels - first;
    const int32_t channels = left < MCU_BLOCK_CHANNELS ? left : MCU_BLOCK_CHANNELS;
    memcpy(sums, r->bias + first, (size_t)channels * sizeof *sums);
    /* An odd depth begins with its odd value, so the first block is the odd one. */
    int32_t count = MCU_BLOCK_DEPTH - 4 + (depth & 1);
    for (int32_t begin = 0; begin < depth; begin += count, count = MCU_BLOCK_DEPTH) {
      if (count > depth - begin) count = depth - begin;
      mcu_fill_column(values(window, begin, count, staged), count, column, 1);
      const struct mcu_tile tile = {column, 1, 1, count};
      multiply_block(op, &tile, depth, begin, first, channels, sums);
    }
    for (int32_t c = 0; c < channels; ++c) {
      mcu_requantize_channel(r, first + c, sums + c, 1, 1, out + first + c, 1);
    }
  }
}
