/* Spreads windows over the column buffer of a tile. */
#include "mcu_matrix.h"

#if MCU_HAS_DSP

/* Four pixels, `fours` groups of four values each. A group is one instruction per value. */
__attribute__((naked, noinline)) static void spread_four_pixels(
    const int8_t* first __attribute__((unused)), const int8_t* second __attribute__((unused)),
    const int8_t* third __attribute__((unused)), const int8_t* fourth __attribute__((unused)),
    int32_t* words __attribute__((unused)), int32_t fours __attribute__((unused))) {
  __asm__ volatile(
      "push {r4-r11, lr}\n\t"
      "ldrd r12, lr, [sp, #36]\n\t"
      "1:\n\t"
      "ldr r4, [r0], #4\n\tldr r6, [r1], #4\n\t"
      "ldr r8, [r2], #4\n\tldr r10, [r3], #4\n\t"
      "sxtb16 r5, r4, ror #8\n\tsxtb16 r4, r4\n\t"
      "sxtb16 r7, r6, ror #8\n\tsxtb16 r6, r6\n\t"
      "sxtb16 r9, r8, ror #8\n\tsxtb16 r8, r8\n\t"
      "sxtb16 r11, r10, ror #8\n\tsxtb16 r10, r10\n\t"
      "stmia r12!, {r4, r6, r8, r10}\n\t"
      "stmia r12!, {r5, r7, r9, r11}\n\t"
      "subs lr, #1\n\t"
      "bne 1b\n\t"
      "pop {r4-r11, pc}\n\t");
}

#endif

/* Words before the fours: the values that are left over where a run is no multiple of four. */
static int32_t first_words(const struct mcu_column* column) {
  return (column->rows * (column->run & 3) + 1) / 2;
}

static int32_t* words_of_row(const struct mcu_column* column, int32_t row) {
  return column->words + (first_words(column) + row * (column->run >> 2) * 2) * column->pixels;
}

/* The last run % 4 values of the runs. All of these come first in a column, those of earlier rows
 * before later ones; the first of an odd number has a word of its own. */
static void place_rest(const struct mcu_column* column, int32_t row, const int8_t* const* runs) {
  const int32_t rest = column->run & 3, fours = column->run - rest;
  const int32_t odd = column->rows * rest & 1;
  for (int32_t i = 0; i < rest; ++i) {
    const int32_t before = row * rest + i, place = before + (odd && before > 0);
    int8_t* at = (int8_t*)(column->words + (place >> 1) * column->pixels) + 2 * (place & 1);
    for (int32_t p = 0; p < column->pixels; ++p) mcu_store16(at + 4 * p, runs[p][fours + i]);
    if (!odd || before > 0) continue;
    for (int32_t p = 0; p < column->pixels; ++p) mcu_store16(at + 4 * p + 2, 0);
  }
}

static void fill_fours(const struct mcu_column* column, int32_t* words, const int8_t* run) {
  const int32_t pixels = column->pixels;
  for (int32_t n = column->run >> 2; n > 0; --n) {
    const int32_t word = mcu_load32(run);
    run += 4;
    words[0] = mcu_sxtb16(word);
    words[pixels] = mcu_sxtb16_ror8(word);
    words += 2 * pixels;
  }
}

void mcu_fill_row(const struct mcu_column* column, int32_t row, const int8_t* const* runs) {
  const int32_t fours = column->run >> 2;
  if (column->run & 3) place_rest(column, row, runs);
  if (fours == 0) return;
  int32_t* words = words_of_row(column, row);
#if MCU_HAS_DSP
  if (column->pixels == 4) {
    spread_four_pixels(runs[0], runs[1], runs[2], runs[3], words, fours);
    return;
  }
#endif
  for (int32_t p = 0; p < column->pixels; ++p) fill_fours(column, words + p, runs[p]);
}
