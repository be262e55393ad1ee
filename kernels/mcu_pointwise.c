#include "mcu_kernels.h"
#include "mcu_matrix.h"

/* The input pixels of a segment, one after the other. */
struct source {
  const int8_t* at;
  const int8_t* end; /* of the ring */
  int32_t step, ring_bytes;
};

static struct source first_source(const struct mcu_window* w, const struct mcu_map* in,
                                  const struct mcu_segment* segment) {
  const int32_t stride = w->columns.stride;
  const int32_t row = mcu_row_start(in, segment->y * w->rows.stride);
  const int32_t pixel = mcu_ring_advance(in, row, segment->first * stride);
  const int32_t ring_bytes = in->ring_pixels * in->pixel_bytes;
  const struct source source = {in->base + pixel * in->pixel_bytes, in->base + ring_bytes,
                                stride * in->pixel_bytes, ring_bytes};
  return source;
}

static void next_source(struct source* source) {
  source->at += source->step;
  while (source->at >= source->end) source->at -= source->ring_bytes;
}

/* mcu_window_values: the last values first, where they are left over from fours. */
static const int8_t* values_of_pixel(const void* source, int32_t begin, int32_t count,
                                     int8_t* staged) {
  const struct mcu_map* pixel = source;
  const int32_t channels = pixel->pixel_bytes, rest = channels & 3;
  if (begin > 0) return pixel->base + begin - rest;
  memcpy(staged, pixel->base + channels - rest, (size_t)rest);
  memcpy(staged + rest, pixel->base, (size_t)(count - rest));
  return staged;
}

/* The next `left` pixels in tiles. sums: int32 sums instead of bytes; a constant after inlining. */
MCU_INLINE void run_tiles(const struct mcu_weighted* op, struct source source, int32_t left,
                          int sums, int8_t* out, void* scratch) {
  const int32_t depth = op->window.in_channels;
  const int32_t widest = mcu_tile_pixels(depth, 0, left);
  const int32_t bytes = op->window.out_step * (sums ? (int32_t)sizeof(int32_t) : 1);
  struct mcu_column column = {scratch, widest, 1, depth};
  while (left > 0) {
    const int32_t pixels = mcu_tail_pixels(widest, left), used = left < pixels ? left : pixels;
    const int8_t* runs[4];
    for (int32_t p = 0; p < 4; ++p) {
      runs[p] = source.at;
      if (p < used) next_source(&source);
    }
    if (used == 3) runs[3] = runs[2];
    column.pixels = pixels;
    mcu_fill_row(&column, 0, runs);
    const struct mcu_tile tile = {scratch, pixels, used, depth};
    if (sums) {
      mcu_accumulate_tile(op, &tile, (int32_t*)(void*)out);
    } else {
      mcu_multiply_tile(op, &tile, out);
    }
    out += used * bytes;
    left -= used;
  }
}

void mcu_pointwise(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                   int8_t* out, void* scratch) {
  const struct mcu_weighted* pointwise = op;
  const struct mcu_window* w = &pointwise->window;
  struct source source = first_source(w, inputs, segment);
  int32_t left = segment->last - segment->first;
  if (mcu_tile_pixels(w->in_channels, 0, left) != 0) {
    run_tiles(pointwise, source, left, 0, out, scratch);
    return;
  }
  const struct mcu_column shape = {NULL, 1, 1, w->in_channels};
  for (; left > 0; --left, out += w->out_step, next_source(&source)) {
    const struct mcu_map pixel = {.base = source.at, .pixel_bytes = w->in_channels};
    mcu_multiply_deep(pointwise, &shape, values_of_pixel, &pixel, out, scratch);
  }
}

void mcu_accumulate(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                    int8_t* out, void* scratch) {
  const struct mcu_weighted* pointwise = op;
  run_tiles(pointwise, first_source(&pointwise->window, inputs, segment),
            segment->last - segment->first, 1, out, scratch);
}

void mcu_requantize_sums(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_weighted* pointwise = op;
  const int32_t channels = pointwise->window.out_channels;
  const int32_t row = mcu_row_start(inputs, segment->y);
  const int8_t* sums = inputs->base + (row + segment->first) * inputs->pixel_bytes;
  for (int32_t x = segment->first; x < segment->last; ++x) {
    for (int32_t c = 0; c < channels; ++c) {
      /* The byte may lie over the sum. */
      const int32_t sum = mcu_load32(sums);
      mcu_requantize_channel(&pointwise->requantization, c, &sum, 1, 1, out++, 1);
      sums += sizeof sum;
    }
  }
}
