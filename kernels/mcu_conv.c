#include "mcu_kernels.h"
#include "mcu_matrix.h"

/* A segment at work. A row of a window is a run of kernel * channels bytes; where those of a tile
 * lie in the map, one behind the other, they are read where they stand. */
struct job {
  const struct mcu_weighted* op;
  const struct mcu_map* in;
  struct mcu_taps rows; /* those in the map */
  int32_t row;          /* where column 0 of the first of them would be */
  int8_t* staged;       /* room for one row of the windows of a tile */
};

static int32_t run_bytes(const struct job* job) {
  return job->op->window.columns.kernel * job->op->window.in_channels;
}

static int32_t at_most(int32_t value, int32_t limit) { return value < limit ? value : limit; }

static int8_t* copy(const int8_t* from, int32_t bytes, int8_t* to) {
  for (int32_t i = 0; i < bytes; ++i) to[i] = from[i];
  return to + bytes;
}

/* Columns [begin, begin + count) of the input; outside it stands the zero point. start: where
 * column 0 of the row would be. Returns the end. */
static int8_t* stage_columns(const struct job* job, int32_t start, int32_t begin, int32_t count,
                             int8_t* to) {
  const struct mcu_map* in = job->in;
  const int32_t channels = job->op->window.in_channels, zero = job->op->input_zero_point;
  const int32_t before = begin < 0 ? at_most(-begin, count) : 0;
  const int32_t inside = at_most(count, job->op->window.in_width - begin) - before;
  for (int32_t i = before * channels; i > 0; --i) *to++ = (int8_t)zero;
  if (inside > 0) {
    const int32_t at = mcu_ring_advance(in, start, begin + before);
    const int32_t piece = at_most(inside, in->ring_pixels - at);
    to = copy(in->base + at * channels, piece * channels, to);
    to = copy(in->base, (inside - piece) * channels, to);
  }
  const int32_t after = count - before - (inside > 0 ? inside : 0);
  for (int32_t i = after * channels; i > 0; --i) *to++ = (int8_t)zero;
  return to;
}

/* Runs that cannot be read where they stand. Those of neighbours overlap as in the map where they
 * can, otherwise one stands behind the other. */
static void stage_runs(const struct job* job, int32_t start, int32_t x, int32_t used,
                       const int8_t** runs) {
  const struct mcu_reach* reach = &job->op->window.columns;
  const int32_t begin = x * reach->stride - reach->before, channels = job->op->window.in_channels;
  if (reach->dilation == 1 && reach->stride <= reach->kernel) {
    stage_columns(job, start, begin, (used - 1) * reach->stride + reach->kernel, job->staged);
    for (int32_t p = 0; p < used; ++p) runs[p] = job->staged + p * reach->stride * channels;
    return;
  }
  int8_t* to = job->staged;
  for (int32_t p = 0; p < used; ++p) {
    runs[p] = to;
    for (int32_t kx = 0; kx < reach->kernel; ++kx) {
      to = stage_columns(job, start, begin + p * reach->stride + kx * reach->dilation, 1, to);
    }
  }
}

/* The windows of `used` output pixels from column x on. */
static void fill_windows(const struct job* job, const struct mcu_column* column, int32_t x,
                         int32_t used) {
  const struct mcu_window* w = &job->op->window;
  const struct mcu_map* in = job->in;
  const struct mcu_reach* reach = &w->columns;
  const int32_t begin = x * reach->stride - reach->before;
  const int32_t width = (used - 1) * reach->stride + reach->kernel;
  const int32_t step = reach->stride * w->in_channels, below = w->rows.dilation * in->width;
  const int inside = begin >= 0 && begin + width <= w->in_width && reach->dilation == 1;
  int32_t start = job->row;
  for (int32_t ky = 0; ky < w->rows.kernel; ++ky) {
    const int8_t* runs[4] = {job->staged, job->staged, job->staged, job->staged};
    if (ky < job->rows.first || ky >= job->rows.last) {
      memset(job->staged, job->op->input_zero_point, (size_t)run_bytes(job));
    } else {
      const int32_t at = inside ? mcu_ring_advance(in, start, begin) : in->ring_pixels;
      if (at + width <= in->ring_pixels) {
        runs[0] = in->base + at * w->in_channels;
        for (int32_t p = 1; p < used; ++p) runs[p] = runs[p - 1] + step;
      } else {
        stage_runs(job, start, x, used, runs);
      }
      start = mcu_ring_advance(in, start, below);
    }
    if (used == 3) runs[3] = runs[2];
    mcu_fill_row(column, ky, runs);
  }
}

struct deep_window {
  const struct job* job;
  int32_t x;
};

static int8_t value_of_window(const struct deep_window* window, int32_t ky, int32_t value) {
  const struct job* job = window->job;
  const struct mcu_window* w = &job->op->window;
  const int32_t kx = value / w->in_channels, channel = value - kx * w->in_channels;
  const struct mcu_taps taps = mcu_find_taps(&w->columns, window->x, w->in_width);
  if (ky < job->rows.first || ky >= job->rows.last || kx < taps.first || kx >= taps.last) {
    return (int8_t)job->op->input_zero_point;
  }
  const int32_t rows = (ky - job->rows.first) * w->rows.dilation * job->in->width;
  const int32_t row = mcu_ring_advance(job->in, job->row, rows);
  const int32_t at = mcu_ring_advance(job->in, row, taps.begin + kx * w->columns.dilation);
  return job->in->base[at * w->in_channels + channel];
}

/* mcu_window_values, value by value. */
static const int8_t* part_of_window(const void* source, int32_t begin, int32_t count,
                                    int8_t* staged) {
  const struct deep_window* window = source;
  const int32_t rows = window->job->op->window.rows.kernel, run = run_bytes(window->job);
  const int32_t rest = run & 3, fours = run - rest;
  for (int32_t i = 0; i < count; ++i) {
    int32_t place = begin + i, first = fours, of_row = rest;
    if (place >= rows * rest) {
      place -= rows * rest;
      first = 0;
      of_row = fours;
    }
    const int32_t ky = place / of_row;
    staged[i] = value_of_window(window, ky, first + place - ky * of_row);
  }
  return staged;
}

void mcu_conv(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
              int8_t* out, void* scratch) {
  const struct mcu_weighted* conv = op;
  const struct mcu_window* w = &conv->window;
  struct job job = {.op = conv, .in = inputs};
  const int32_t depth = w->rows.kernel * run_bytes(&job);
  const int32_t widest = mcu_tile_pixels(depth, run_bytes(&job), segment->last - segment->first);
  struct mcu_column column = {scratch, widest, w->rows.kernel, run_bytes(&job)};
  job.staged = (int8_t*)(column.words + widest * mcu_column_words(depth));
  job.rows = mcu_find_taps(&w->rows, segment->y, inputs->height);
  if (job.rows.first < job.rows.last) {
    job.row = mcu_row_start(inputs, job.rows.begin + job.rows.first * w->rows.dilation);
  }
  for (int32_t x = segment->first, used = 1; x < segment->last; x += used) {
    if (widest == 0) {
      const struct deep_window window = {&job, x};
      mcu_multiply_deep(conv, &column, part_of_window, &window, out, scratch);
    } else {
      const int32_t left = segment->last - x;
      column.pixels = mcu_tail_pixels(widest, left);
      used = left < column.pixels ? left : column.pixels;
      fill_windows(&job, &column, x, used);
      const struct mcu_tile tile = {column.words, column.pixels, used, depth};
      mcu_multiply_tile(conv, &tile, out);
    }
    out += used * w->out_step;
  }
}
