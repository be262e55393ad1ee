/* Depthwise convolution, four channels at a time.
 *
 * The rows below a window are taken apart into one plane of 16-bit values per channel, so that one
 * instruction multiplies two neighbouring columns. Where the pixels lie (rings, edges, strips) is
 * found out once per tile of a segment, for all channels. */
#include "mcu_depthwise.h"

enum { CHANNELS = MCU_PLANE_CHANNELS, MOST_ROWS = 7 };

/* The pixels of a row lie in one piece, or in two where the ring ends. */
struct row {
  const int8_t* piece[2];
  int32_t pixels[2];
};

/* Columns [first, last) of the planes hold pixels of the map. */
struct tile {
  const struct mcu_weighted* op;
  const struct mcu_map* in;
  int32_t first_row, last_row; /* rows of the window that lie in the map */
  int32_t first, last, columns;
  struct row rows[MOST_ROWS];
  int8_t* planes;
};

static int8_t* plane_at(const struct tile* tile, int32_t row, int32_t column) {
  return tile->planes + row * MCU_PLANE_ROW_BYTES + 2 * column;
}

/* `count` columns of all four planes from `to` on. */
static void put_padding(int8_t* to, int32_t count, int32_t value) {
  for (; count > 0; --count, to += 2) {
    for (int32_t c = 0; c < CHANNELS; ++c) mcu_store16(to + c * MCU_PLANE_BYTES, value);
  }
}

/* What no channel changes: rows and columns outside the map. */
static void pad_planes(const struct tile* tile, int32_t side) {
  const int32_t zero = tile->op->input_zero_point;
  for (int32_t row = 0; row < side; ++row) {
    if (row < tile->first_row || row >= tile->last_row) {
      put_padding(plane_at(tile, row, 0), tile->columns, zero);
    } else {
      put_padding(plane_at(tile, row, 0), tile->first, zero);
      put_padding(plane_at(tile, row, tile->last), tile->columns - tile->last, zero);
    }
  }
}

static void find_row(const struct mcu_map* in, int32_t start, int32_t pixels, struct row* row) {
  const int32_t before_end = in->ring_pixels - start;
  row->piece[0] = in->base + start * in->pixel_bytes;
  row->piece[1] = in->base;
  row->pixels[0] = pixels < before_end ? pixels : before_end;
  row->pixels[1] = pixels - row->pixels[0];
}

/* The tile for output columns [x, x + count) of row y. */
static void find_tile(struct tile* tile, int32_t y, int32_t x, int32_t count) {
  const struct mcu_window* w = &tile->op->window;
  const struct mcu_taps rows = mcu_find_taps(&w->rows, y, tile->in->height);
  const int32_t begin = x * w->columns.stride - w->columns.before;
  tile->columns = (count - 1) * w->columns.stride + w->columns.kernel;
  tile->first = begin < 0 ? -begin : 0;
  tile->last = tile->columns < w->in_width - begin ? tile->columns : w->in_width - begin;
  if (tile->last < tile->first) tile->last = tile->first = tile->columns;
  tile->first_row = rows.first;
  tile->last_row = tile->first < tile->last ? rows.last : rows.first;
  if (tile->first_row >= tile->last_row) return;
  int32_t start = mcu_row_start(tile->in, rows.begin + rows.first * w->rows.dilation);
  for (int32_t row = rows.first; row < rows.last; ++row) {
    find_row(tile->in, mcu_ring_advance(tile->in, start, begin + tile->first),
             tile->last - tile->first, &tile->rows[row]);
    start = mcu_ring_advance(tile->in, start, w->rows.dilation * tile->in->width);
  }
}

#if MCU_HAS_DSP

#define MCU_TWO_CHANNELS(rotation, a, b, at) \
  "sxtb16 r4, " a rotation                   \
  "\n\t"                                     \
  "sxtb16 r5, " b rotation                   \
  "\n\t"                                     \
  "strd r4, r5, [r2" at "]\n\t"
#define MCU_ONE_CHANNEL(rotation, a, at) "sxtb16 r4, " a rotation "\n\tstr r4, [r2" at "]\n\t"
#define MCU_VALUE(rotation, at) "sxtb r5, r4" rotation "\n\tstrh r5, [r2" at "]\n\t"
#define MCU_PIXEL                                                                     \
  "ldr r4, [r10]\n\tadd r10, r1\n\t" MCU_VALUE("", "") MCU_VALUE(", ror #8", ", #60") \
      MCU_VALUE(", ror #16", ", #120") MCU_VALUE(", ror #24", ", #180") "adds r2, #2\n\t"

_Static_assert(MCU_PLANE_BYTES == 60 && MCU_PLANE_ROW_BYTES == 240, "distances in spread_rows");

/* `count` rows of four channels from `channel` on; `to`: where the first pixel of the first row
 * goes. r10 is the source, r11 counts pixels: one where the columns begin at an odd one, then four
 * at a time, at last two and one. Labels 1: a row, 2: a piece of it. */
__attribute__((naked, noinline)) static void spread_rows(const struct row* rows
                                                         __attribute__((unused)),
                                                         int32_t step __attribute__((unused)),
                                                         int8_t* to __attribute__((unused)),
                                                         int32_t count __attribute__((unused)),
                                                         int32_t channel __attribute__((unused))) {
  __asm__ volatile(
      "push {r2, r4-r11, lr}\n\t"
      "1: ldr r4, [sp, #40]\n\tldr r10, [r0]\n\tldr r11, [r0, #8]\n\tadd r10, r4\n\t"
      "2: tst r2, #2\n\tbeq 3f\n\t"
      "sub r11, #1\n\t" MCU_PIXEL
      "3: subs r11, #4\n\tblt 5f\n\t"
      "4: ldr r4, [r10]\n\tldr r5, [r10, r1]\n\tadd r10, r10, r1, lsl #1\n\t"
      "ldr r6, [r10]\n\tldr r7, [r10, r1]\n\tadd r10, r10, r1, lsl #1\n\t"
      "pkhbt r8, r4, r5, lsl #16\n\tpkhtb r9, r5, r4, asr #16\n\t"
      "pkhbt r12, r6, r7, lsl #16\n\tpkhtb lr, r7, r6, asr #16\n\t"
      MCU_TWO_CHANNELS("", "r8", "r12", "")
      MCU_TWO_CHANNELS(", ror #8", "r8", "r12", ", #60")
      MCU_TWO_CHANNELS("", "r9", "lr", ", #120")
      MCU_TWO_CHANNELS(", ror #8", "r9", "lr", ", #180")
      "adds r2, #8\n\tsubs r11, #4\n\tbge 4b\n\t"
      "5: tst r11, #2\n\tbeq 6f\n\t"
      "ldr r4, [r10]\n\tldr r5, [r10, r1]\n\tadd r10, r10, r1, lsl #1\n\t"
      "pkhbt r8, r4, r5, lsl #16\n\tpkhtb r9, r5, r4, asr #16\n\t"
      MCU_ONE_CHANNEL("", "r8", "") MCU_ONE_CHANNEL(", ror #8", "r8", ", #60")
      MCU_ONE_CHANNEL("", "r9", ", #120") MCU_ONE_CHANNEL(", ror #8", "r9", ", #180")
      "adds r2, #4\n\t"
      "6: tst r11, #1\n\tbeq 7f\n\t" MCU_PIXEL
      "7: ldr r4, [sp]\n\tsubs r4, r2, r4\n\t" /* bytes of this row so far */
      "ldrd r5, r6, [r0, #8]\n\tadd r5, r6\n\tcmp r4, r5, lsl #1\n\tbeq 8f\n\t"
      "ldr r4, [sp, #40]\n\tldr r10, [r0, #4]\n\tmov r11, r6\n\tadd r10, r4\n\tb 2b\n\t"
      "8: ldr r2, [sp]\n\tadds r2, #240\n\tstr r2, [sp]\n\tadds r0, #16\n\t"
      "subs r3, #1\n\tbne 1b\n\t"
      "pop {r2, r4-r11, pc}\n\t");
}

#else

static void spread_rows(const struct row* rows, int32_t step, int8_t* to, int32_t count,
                        int32_t channel) {
  for (; count > 0; --count, ++rows, to += MCU_PLANE_ROW_BYTES) {
    int8_t* at = to;
    for (int32_t piece = 0; piece < 2; ++piece) {
      const int8_t* from = rows->piece[piece] + channel;
      for (int32_t x = rows->pixels[piece]; x > 0; --x, from += step, at += 2) {
        for (int32_t c = 0; c < CHANNELS; ++c) mcu_store16(at + c * MCU_PLANE_BYTES, from[c]);
      }
    }
  }
}

#endif

/* `count` output channels from `channel` on, value by value: of maps with fewer than four channels,
 * and where several output channels read one input channel. */
static void spread_channels(const struct tile* tile, int32_t channel, int32_t count) {
  const struct mcu_window* w = &tile->op->window;
  const int32_t step = tile->in->pixel_bytes, per_input = w->out_channels / w->in_channels;
  for (int32_t r = tile->first_row; r < tile->last_row; ++r) {
    for (int32_t c = 0; c < count; ++c) {
      int8_t* to = plane_at(tile, r, tile->first) + c * MCU_PLANE_BYTES;
      for (int32_t piece = 0; piece < 2; ++piece) {
        const int8_t* from = tile->rows[r].piece[piece] + (channel + c) / per_input;
        for (int32_t x = tile->rows[r].pixels[piece]; x > 0; --x, to += 2, from += step) {
          mcu_store16(to, *from);
        }
      }
    }
  }
}

/* One channel whose sums are requantised in C. */
static void run_sums(const struct mcu_requantization* r, int32_t channel,
                     const struct mcu_plane_job* block, mcu_plane_sums* sums) {
  int32_t results[MCU_PLANE_OUTPUTS];
  struct mcu_plane_job job = *block;
  job.out = results;
  job.count = (job.count + 3) & ~3;
  job.channels = 1;
  sums(&job);
  mcu_requantize_channel(r, channel, results, 1, block->count, block->out, block->stride);
}

/* `channels` channels of the tile from `channel` on, whose planes are filled. */
static void run_block(const struct tile* tile, int32_t channel, int32_t channels, int32_t count,
                      int32_t side, mcu_plane_sums* sums, int8_t* out) {
  const struct mcu_window* w = &tile->op->window;
  const struct mcu_requantization* r = &tile->op->requantization;
  const int32_t channel_bytes = mcu_depthwise_channel_bytes(side, w->columns.stride);
  const int relu = r->rounding == MCU_ROUND_RELU_FAST;
  struct mcu_plane_job job = {tile->planes,
                              tile->op->weights + channel * channel_bytes,
                              r->bias + channel,
                              r->multiplier + channel,
                              r->right_shift + channel,
                              2 * r->zero_point + 1,
                              out + channel,
                              w->out_step,
                              count,
                              channels,
                              relu ? MCU_PLANE_RELU : MCU_PLANE_FULL};
  if (mcu_clamps_to_int8(r) && (relu || r->rounding == MCU_ROUND_DOUBLE_FAST)) {
    sums(&job);
    return;
  }
  job.finish = MCU_PLANE_SUMS;
  for (int32_t c = 0; c < channels; ++c) {
    run_sums(r, channel + c, &job, sums);
    job.planes += MCU_PLANE_BYTES;
    job.weights += channel_bytes;
    ++job.bias;
    job.out = out + channel + c + 1;
  }
}

void mcu_run_planes(const struct mcu_weighted* op, const struct mcu_map* in,
                    const struct mcu_segment* segment, int8_t* out, void* scratch, int32_t side,
                    mcu_plane_sums* sums) {
  struct tile tile;
  tile.op = op;
  tile.in = in;
  tile.planes = scratch;
  const int32_t channels = op->window.out_channels;
  const int32_t in_block = channels < CHANNELS ? channels : CHANNELS;
  const int in_fours = channels == op->window.in_channels && channels >= CHANNELS;
  const int32_t widest = op->window.columns.stride == 2 ? 12 : side == 3 ? 28 : 24;
  for (int32_t x = segment->first; x < segment->last; x += widest) {
    const int32_t left = segment->last - x, count = left < widest ? left : widest;
    find_tile(&tile, segment->y, x, count);
    pad_planes(&tile, side);
    /* The last block overlaps the one before it where the channels are no multiple of four. */
    for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
      const int32_t block = channel + in_block <= channels ? channel : channels - in_block;
      if (!in_fours) {
        spread_channels(&tile, block, in_block);
      } else if (tile.first_row < tile.last_row) {
        spread_rows(&tile.rows[tile.first_row], in->pixel_bytes,
                    plane_at(&tile, tile.first_row, tile.first), tile.last_row - tile.first_row,
                    block);
      }
      run_block(&tile, block, in_block, count, side, sums, out);
    }
    out += count * op->window.out_step;
  }
}

#if !MCU_HAS_DSP

/* Where weight `kx` of a row stands (struct mcu_weighted). */
static int32_t place_of(int32_t side, int32_t stride, int32_t kx) {
  static const int8_t places[2][3][7] = {{{0, 1, 3}, {0, 2, 1, 3, 7}, {0, 2, 1, 3, 4, 6, 11}},
                                         {{0, 2, 1}, {0, 2, 1, 3, 4}, {0, 2, 1, 3, 4, 6, 5}}};
  return places[stride - 1][(side - 3) / 2][kx];
}

static int32_t sum_of(const struct mcu_plane_job* job, int32_t channel, int32_t x, int32_t side,
                      int32_t stride) {
  const int32_t channel_bytes = mcu_depthwise_channel_bytes(side, stride);
  const int8_t* plane = job->planes + channel * MCU_PLANE_BYTES + 2 * x * stride;
  const int8_t* weights = job->weights + channel * channel_bytes;
  int32_t sum = job->bias[channel];
  for (int32_t ky = 0; ky < side; ++ky) {
    for (int32_t kx = 0; kx < side; ++kx) {
      int16_t value;
      memcpy(&value, plane + 2 * kx, 2);
      sum += value * weights[place_of(side, stride, kx)];
    }
    plane += MCU_PLANE_ROW_BYTES;
    weights += channel_bytes / side;
  }
  return sum;
}

void mcu_plane_sums_portable(const struct mcu_plane_job* job, int32_t side, int32_t stride) {
  for (int32_t c = 0; c < job->channels; ++c) {
    const int sums_only = job->finish == MCU_PLANE_SUMS;
    /* Sums that C requantises may have any shift. */
    const int32_t shift = sums_only ? 0 : job->right_shift[c];
    const int32_t offset = (int32_t)((uint32_t)job->doubled_zero << shift) >> 1;
    for (int32_t x = 0; x < job->count; ++x) {
      const int32_t sum = sum_of(job, c, x, side, stride);
      if (sums_only) {
        ((int32_t*)job->out)[x] = sum;
        continue;
      }
      const int32_t value = job->finish == MCU_PLANE_RELU
                                ? mcu_multiply_relu(sum, job->multiplier[c], shift, offset)
                                : mcu_multiply_fast(sum, job->multiplier[c], shift, offset);
      ((int8_t*)job->out)[x * job->stride + c] = (int8_t)mcu_saturate8(value);
    }
  }
}

#endif
