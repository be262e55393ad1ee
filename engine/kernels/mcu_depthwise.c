/* Depthwise convolution, four channels at a time.
 *
 * The rows below a window are taken apart into one plane of 16-bit values per channel, so that one
 * instruction multiplies two neighbouring columns. Where the pixels lie (rings, edges, strips) is
 * found out once per tile of a segment, for all channels. */
#include "mcu_depthwise.h"

enum { CHANNELS = MCU_PLANE_CHANNELS, MOST_ROWS = 7 };

/* Columns [first, last) of the planes hold pixels of the map; those of a row lie in one piece, or
 * in two where the ring ends. */
struct row {
  const int8_t* piece[2];
  int32_t pixels[2];
};

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

static void put(int8_t* plane, int32_t value) {
  const int16_t wide = (int16_t)value;
  memcpy(plane, &wide, 2);
}

/* `count` columns of all four planes from `to` on. */
static void put_padding(int8_t* to, int32_t count, int32_t value) {
  for (; count > 0; --count, to += 2) {
    for (int32_t c = 0; c < CHANNELS; ++c) put(to + c * MCU_PLANE_BYTES, value);
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

/* Two pixels of four channels to columns `to`, `to` + 1 of the planes. */
static void spread_two(const int8_t* first, const int8_t* second, int8_t* to) {
  const int32_t a = mcu_load32(first), b = mcu_load32(second);
  const int32_t low = mcu_pack_low(a, b), high = mcu_pack_high(a, b);
  const int32_t planes[CHANNELS] = {mcu_sxtb16(low), mcu_sxtb16_ror8(low), mcu_sxtb16(high),
                                    mcu_sxtb16_ror8(high)};
  for (int32_t c = 0; c < CHANNELS; ++c) memcpy(to + c * MCU_PLANE_BYTES, &planes[c], 4);
}

static void spread_one(const int8_t* pixel, int8_t* to) {
  for (int32_t c = 0; c < CHANNELS; ++c) put(to + c * MCU_PLANE_BYTES, pixel[c]);
}

#if MCU_HAS_DSP

#define MCU_TWO_CHANNELS(rotation, a, b, at) \
  "sxtb16 r4, " a rotation                   \
  "\n\t"                                     \
  "sxtb16 r5, " b rotation                   \
  "\n\t"                                     \
  "strd r4, r5, [r2" at "]\n\t"

/* Four pixels of four channels each, `fours` times; the columns begin at a multiple of two. */
__attribute__((naked, noinline)) static void spread_fours(const int8_t* from
                                                          __attribute__((unused)),
                                                          int32_t step __attribute__((unused)),
                                                          int8_t* to __attribute__((unused)),
                                                          int32_t fours __attribute__((unused))) {
  __asm__ volatile(
      "push {r4-r9, lr}\n\t"
      "1:\n\t"
      "ldr r4, [r0]\n\tldr r5, [r0, r1]\n\tadd r0, r0, r1, lsl #1\n\t"
      "ldr r6, [r0]\n\tldr r7, [r0, r1]\n\tadd r0, r0, r1, lsl #1\n\t"
      "pkhbt r8, r4, r5, lsl #16\n\tpkhtb r9, r5, r4, asr #16\n\t"
      "pkhbt r12, r6, r7, lsl #16\n\tpkhtb lr, r7, r6, asr #16\n\t"
      MCU_TWO_CHANNELS("", "r8", "r12", "")
      MCU_TWO_CHANNELS(", ror #8", "r8", "r12", ", #60")
      MCU_TWO_CHANNELS("", "r9", "lr", ", #120")
      MCU_TWO_CHANNELS(", ror #8", "r9", "lr", ", #180")
      "adds r2, #8\n\t"
      "subs r3, #1\n\t"
      "bne 1b\n\t"
      "pop {r4-r9, pc}\n\t");
}

_Static_assert(MCU_PLANE_BYTES == 60, "the distance of planes in spread_fours");

#endif

/* `count` pixels to the planes from `column` of one row on. */
static void spread(const int8_t* from, int32_t step, int32_t count, int32_t column, int8_t* row) {
  int8_t* to = row + 2 * column;
  if ((column & 1) && count > 0) {
    spread_one(from, to);
    from += step;
    to += 2;
    --count;
  }
#if MCU_HAS_DSP
  if (count >= 4) {
    spread_fours(from, step, to, count >> 2);
    from += (count & ~3) * step;
    to += 2 * (count & ~3);
    count &= 3;
  }
#endif
  for (; count >= 2; count -= 2, from += 2 * step, to += 4) spread_two(from, from + step, to);
  if (count > 0) spread_one(from, to);
}

/* Channels [channel, channel + 4) of the tile. */
static void spread_block(const struct tile* tile, int32_t channel) {
  const int32_t step = tile->in->pixel_bytes;
  for (int32_t r = tile->first_row; r < tile->last_row; ++r) {
    const struct row* row = &tile->rows[r];
    int8_t* const to = plane_at(tile, r, 0);
    spread(row->piece[0] + channel, step, row->pixels[0], tile->first, to);
    if (row->pixels[1] == 0) continue;
    spread(row->piece[1] + channel, step, row->pixels[1], tile->first + row->pixels[0], to);
  }
}

/* The same of a map with fewer channels than that, value by value. */
static void spread_few(const struct tile* tile) {
  const int32_t channels = tile->op->window.in_channels;
  for (int32_t r = tile->first_row; r < tile->last_row; ++r) {
    int8_t* to = plane_at(tile, r, tile->first);
    for (int32_t piece = 0; piece < 2; ++piece) {
      const int8_t* from = tile->rows[r].piece[piece];
      for (int32_t x = tile->rows[r].pixels[piece]; x > 0; --x, to += 2) {
        for (int32_t c = 0; c < channels; ++c) put(to + c * MCU_PLANE_BYTES, *from++);
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
                              w->out_channels,
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
  const int32_t channels = op->window.in_channels;
  const int32_t widest = op->window.columns.stride == 2 ? 12 : side == 3 ? 28 : 24;
  for (int32_t x = segment->first; x < segment->last; x += widest) {
    const int32_t left = segment->last - x, count = left < widest ? left : widest;
    find_tile(&tile, segment->y, x, count);
    pad_planes(&tile, side);
    if (channels < CHANNELS) {
      spread_few(&tile);
      run_block(&tile, 0, channels, count, side, sums, out);
    }
    /* The last block overlaps the one before it where the channels are no multiple of four. */
    for (int32_t channel = 0; channel < channels && channels >= CHANNELS; channel += CHANNELS) {
      const int32_t block = channel + CHANNELS <= channels ? channel : channels - CHANNELS;
      spread_block(&tile, block);
      run_block(&tile, block, CHANNELS, count, side, sums, out);
    }
    out += count * op->window.out_channels;
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
    const int32_t shift = job->right_shift[c];
    const int32_t offset = (int32_t)((uint32_t)job->doubled_zero << shift) >> 1;
    for (int32_t x = 0; x < job->count; ++x) {
      const int32_t sum = sum_of(job, c, x, side, stride);
      if (job->finish == MCU_PLANE_SUMS) {
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
