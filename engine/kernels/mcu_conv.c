#include "mcu_kernels.h"
#include "mcu_matrix.h"

/* The window of one output pixel. Pixel (rows.first, columns.first) of it is `start` of the ring.
 */
struct window {
  const struct mcu_weighted* op;
  const struct mcu_map* in;
  struct mcu_taps rows, columns; /* those in the map */
  int32_t row;                   /* where column 0 of the first of these rows would be */
  int32_t start;
};

static int32_t at_most(int32_t value, int32_t limit) { return value < limit ? value : limit; }

static struct window find_rows(const struct mcu_weighted* op, const struct mcu_map* in, int32_t y) {
  const struct mcu_reach* reach = &op->window.rows;
  struct window window = {.op = op, .in = in, .rows = mcu_find_taps(reach, y, in->height)};
  if (window.rows.first < window.rows.last) {
    window.row = mcu_row_start(in, window.rows.begin + window.rows.first * reach->dilation);
  }
  return window;
}

static void find_columns(struct window* window, int32_t x) {
  const struct mcu_reach* reach = &window->op->window.columns;
  const struct mcu_taps taps = mcu_find_taps(reach, x, window->op->window.in_width);
  window->columns = taps;
  const int32_t steps = taps.begin + taps.first * reach->dilation;
  if (taps.first < taps.last) {
    window->start = mcu_ring_advance(window->in, window->row, steps);
  }
}

/* `count` pixels of the ring from `start` on. */
static void copy_pixels(const struct mcu_map* in, int32_t start, int32_t count, int8_t* values) {
  const int32_t before_end = in->ring_pixels - start;
  const int8_t* from = in->base + start * in->pixel_bytes;
  if (count <= before_end) {
    memcpy(values, from, (size_t)(count * in->pixel_bytes));
    return;
  }
  memcpy(values, from, (size_t)(before_end * in->pixel_bytes));
  values += before_end * in->pixel_bytes;
  memcpy(values, in->base, (size_t)((count - before_end) * in->pixel_bytes));
}

/* `count` taps of one row of the window, the first one at `start`. */
static void copy_taps(const struct window* window, int32_t start, int32_t count, int8_t* values) {
  const int32_t dilation = window->op->window.columns.dilation;
  if (dilation == 1) {
    copy_pixels(window->in, start, count, values);
    return;
  }
  for (; count > 0; --count, values += window->in->pixel_bytes) {
    copy_pixels(window->in, start, 1, values);
    start = mcu_ring_advance(window->in, start, dilation);
  }
}

/* The whole window as one run of bytes; outside the map stands the zero point. */
static void gather_window(const struct window* window, int8_t* values) {
  const struct mcu_window* w = &window->op->window;
  const struct mcu_taps rows = window->rows, columns = window->columns;
  const int32_t row_bytes = w->columns.kernel * w->in_channels;
  const int32_t inside = columns.last - columns.first;
  if (rows.last - rows.first < w->rows.kernel || inside < w->columns.kernel) {
    memset(values, window->op->input_zero_point, (size_t)(w->rows.kernel * row_bytes));
  }
  if (inside == 0) return;
  values += rows.first * row_bytes + columns.first * w->in_channels;
  int32_t start = window->start;
  for (int32_t ky = rows.first; ky < rows.last; ++ky) {
    copy_taps(window, start, inside, values);
    start = mcu_ring_advance(window->in, start, w->rows.dilation * window->in->width);
    values += row_bytes;
  }
}

/* mcu_window_values: the same for a part of the window, pixel by pixel. */
static const int8_t* part_of_window(const void* source, int32_t begin, int32_t count,
                                    int8_t* staged) {
  const struct window* window = source;
  const struct mcu_window* w = &window->op->window;
  const int32_t channels = w->in_channels;
  int8_t* out = staged;
  memset(staged, window->op->input_zero_point, (size_t)count);
  for (int32_t end = begin + count; begin < end;) {
    const int32_t pixel = begin / channels, channel = begin - pixel * channels;
    const int32_t ky = pixel / w->columns.kernel, kx = pixel - ky * w->columns.kernel;
    const int32_t bytes = at_most(channels - channel, end - begin);
    if (ky >= window->rows.first && ky < window->rows.last && kx >= window->columns.first &&
        kx < window->columns.last) {
      const int32_t steps = (ky - window->rows.first) * w->rows.dilation * window->in->width +
                            (kx - window->columns.first) * w->columns.dilation;
      const int32_t at = mcu_ring_advance(window->in, window->start, steps);
      memcpy(out, window->in->base + at * window->in->pixel_bytes + channel, (size_t)bytes);
    }
    out += bytes;
    begin += bytes;
  }
  return staged;
}

void mcu_conv(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
              int8_t* out, void* scratch) {
  const struct mcu_weighted* conv = op;
  const struct mcu_window* w = &conv->window;
  const int32_t depth = w->rows.kernel * w->columns.kernel * w->in_channels;
  const int32_t widest = mcu_tile_pixels(depth, 1, segment->last - segment->first);
  int32_t* column = scratch;
  int8_t* values = (int8_t*)(column + widest * mcu_column_words(depth));
  struct window window = find_rows(conv, inputs, segment->y);
  for (int32_t x = segment->first; x < segment->last;) {
    const int32_t left = segment->last - x;
    if (widest == 0) {
      find_columns(&window, x++);
      mcu_multiply_deep(conv, depth, part_of_window, &window, out, scratch);
      out += w->out_channels;
      continue;
    }
    const int32_t pixels = mcu_tail_pixels(widest, left), used = at_most(left, pixels);
    for (int32_t p = 0; p < used; ++p, ++x) {
      find_columns(&window, x);
      gather_window(&window, values);
      mcu_fill_column(values, depth, column + p, pixels);
    }
    const struct mcu_tile tile = {column, pixels, used, depth};
    mcu_multiply_tile(conv, &tile, out);
    out += used * w->out_channels;
  }
}
