/* Depthwise convolution, channel by channel.
 *
 * The rows below the window go into a line buffer of 16-bit values: of columns 2j and 2j+1, all kernel
 * rows stand together, line[j * kernel + row], padding and missing rows filled with the zero point. A row
 * of weights w0 w1 w2 ... then works on whole words: as (w0 w1)(w2 0) for an output that begins at an even
 * column, as (0 w0)(w1 w2) for the next one, so every SMLAD does two products of one output. */
#include "mcu_kernels.h"

enum { MAX_KERNEL = 7, MAX_WORDS = MAX_KERNEL / 2 + 1, TILE = 4 };

/* One piece of the output row. */
struct piece {
  int32_t first; /* output column */
  int32_t outputs;
  int32_t columns; /* of input that it needs */
};

static int32_t value_at(const int8_t *row, int32_t x, const struct mcu_weighted *op) {
  const struct mcu_window *w = &op->window;
  return x >= 0 && x < w->in_width ? row[x * w->in_channels] : op->input_zero_point;
}

/* One row of one channel (`row` points at it) into the line buffer; NULL is a row outside the map. */
static void fill_line(const struct mcu_weighted *op, const int8_t *row, const struct piece *piece,
                      int32_t *line) {
  const struct mcu_window *w = &op->window;
  const int32_t kernel = w->kernel, channels = w->in_channels;
  int32_t x = piece->first * w->stride - w->padding;
  const int32_t end = x + piece->columns;
  if (row == NULL) {
    for (; x < end; x += 2, line += kernel) *line = mcu_pair(op->input_zero_point, op->input_zero_point);
    return;
  }
  for (; x < 0 && x < end; x += 2, line += kernel) {
    *line = mcu_pair(value_at(row, x, op), value_at(row, x + 1, op));
  }
  const int8_t *value = row + x * channels;
  const int32_t inside = (end < w->in_width ? end : w->in_width) - 1;
  for (; x < inside; x += 2, line += kernel) {
    *line = mcu_pack_low(value[0], value[channels]);
    value += 2 * channels;
  }
  for (; x < end; x += 2, line += kernel) {
    *line = mcu_pair(value_at(row, x, op), value_at(row, x + 1, op));
  }
}

/* Weights of one channel, one row after the other: words for even outputs, words for odd outputs. */
static void spread_weights(const int8_t *weights, int32_t kernel, int32_t *words) {
  const int32_t count = kernel / 2 + 1;
  for (int32_t row = 0; row < kernel; ++row) {
    for (int32_t j = 0; j < count; ++j) {
      const int32_t before = j > 0 ? weights[2 * j - 1] : 0;
      const int32_t here = 2 * j < kernel ? weights[2 * j] : 0;
      const int32_t after = 2 * j + 1 < kernel ? weights[2 * j + 1] : 0;
      words[2 * j] = mcu_pair(here, after);
      words[2 * j + 1] = mcu_pair(before, here);
    }
    words += 2 * count;
    weights += kernel;
  }
}

/* Four outputs of stride 1 from the line at an even column. kernel is a constant after inlining. */
static inline void tile_stride_1(const int32_t *line, const int32_t *words, int32_t kernel,
                                 int32_t bias, int32_t *sums) {
  const int32_t count = kernel / 2 + 1;
  int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
  for (int32_t row = 0; row < kernel; ++row) {
    int32_t value = *line;
    for (int32_t j = 0; j < count; ++j) {
      const int32_t even = words[2 * j], odd = words[2 * j + 1];
      s0 = mcu_smlad(value, even, s0);
      s1 = mcu_smlad(value, odd, s1);
      value = line[(j + 1) * kernel];
      s2 = mcu_smlad(value, even, s2);
      s3 = mcu_smlad(value, odd, s3);
    }
    words += 2 * count;
    ++line;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/* Four outputs of stride 2: all begin at even columns. */
static inline void tile_stride_2(const int32_t *line, const int32_t *words, int32_t kernel,
                                 int32_t bias, int32_t *sums) {
  const int32_t count = kernel / 2 + 1;
  int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
  for (int32_t row = 0; row < kernel; ++row) {
    for (int32_t j = 0; j < count; ++j) {
      const int32_t even = words[2 * j];
      s0 = mcu_smlad(line[j * kernel], even, s0);
      s1 = mcu_smlad(line[(j + 1) * kernel], even, s1);
      s2 = mcu_smlad(line[(j + 2) * kernel], even, s2);
      s3 = mcu_smlad(line[(j + 3) * kernel], even, s3);
    }
    words += 2 * count;
    ++line;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/* All outputs of one channel in a piece. */
static inline void run_tiles(const struct mcu_weighted *op, const struct piece *piece, int32_t kernel,
                             int32_t channel, const int32_t *line, int8_t *out) {
  const struct mcu_requantization *r = &op->requantization;
  const int32_t channels = op->window.in_channels, stride = op->window.stride;
  int32_t words[2 * MAX_KERNEL * MAX_WORDS];
  int32_t sums[TILE];
  spread_weights(op->weights + channel * kernel * kernel, kernel, words);
  out += piece->first * channels + channel;
  for (int32_t left = piece->outputs; left > 0; left -= TILE) {
    if (stride == 1) {
      tile_stride_1(line, words, kernel, r->bias[channel], sums);
    } else {
      tile_stride_2(line, words, kernel, r->bias[channel], sums);
    }
    if (left >= TILE) {
      mcu_requantize_channel(r, channel, sums, 1, TILE, out, channels);
    } else {
      mcu_requantize_channel(r, channel, sums, 1, left, out, channels);
    }
    line += 2 * stride * kernel;
    out += TILE * channels;
  }
}

/* Windows larger than the unrolled ones, one output at a time. */
static void run_large(const struct mcu_weighted *op, const struct piece *piece, int32_t channel,
                      const int32_t *line, int8_t *out) {
  const struct mcu_window *w = &op->window;
  const int16_t *values = (const int16_t *)line;
  const int32_t kernel = w->kernel;
  for (int32_t i = 0; i < piece->outputs; ++i) {
    const int8_t *weight = op->weights + channel * kernel * kernel;
    int32_t sum = op->requantization.bias[channel];
    for (int32_t ky = 0; ky < kernel; ++ky) {
      for (int32_t x = i * w->stride; x < i * w->stride + kernel; ++x) {
        sum += values[(x / 2 * kernel + ky) * 2 + x % 2] * *weight++;
      }
    }
    mcu_requantize_channel(&op->requantization, channel, &sum, 1, 1,
                           out + (piece->first + i) * w->out_channels + channel, 1);
  }
}

static void run_channel(const struct mcu_weighted *op, const struct piece *piece, int32_t channel,
                        const int32_t *line, int8_t *out) {
  switch (op->window.kernel) {
    case 3:
      run_tiles(op, piece, 3, channel, line, out);
      break;
    case 5:
      run_tiles(op, piece, 5, channel, line, out);
      break;
    case 7:
      run_tiles(op, piece, 7, channel, line, out);
      break;
    default:
      run_large(op, piece, channel, line, out);
  }
}

static void run_piece(const struct mcu_weighted *op, const struct mcu_rows *in, int32_t y,
                      const struct piece *piece, int8_t *out, int32_t *line) {
  const struct mcu_window *w = &op->window;
  for (int32_t channel = 0; channel < w->in_channels; ++channel) {
    for (int32_t ky = 0; ky < w->kernel; ++ky) {
      const int8_t *row = mcu_row(in, y * w->stride - w->padding + ky);
      if (row != NULL) {
        fill_line(op, row + channel, piece, line + ky);
      } else if (channel == 0) {
        fill_line(op, NULL, piece, line + ky);
      }
    }
    run_channel(op, piece, channel, line, out);
  }
}

void mcu_depthwise_row(const void *op, const struct mcu_rows *inputs, int32_t y, int8_t *out,
                       void *scratch) {
  const struct mcu_weighted *depthwise = op;
  const struct mcu_window *w = &depthwise->window;
  /* Whole tiles that fit in the line buffer (scratch_size.h). */
  const int32_t capacity = mcu_line_columns(w->kernel, w->out_width) - w->kernel / 2 * 2;
  const int32_t longest = capacity / (TILE * w->stride) * TILE;
  struct piece piece = {0, 0, 0};
  for (; piece.first < w->out_width; piece.first += piece.outputs) {
    const int32_t left = w->out_width - piece.first;
    piece.outputs = left < longest ? left : longest;
    piece.columns = (piece.outputs - 1) * w->stride + w->kernel;
    run_piece(depthwise, inputs, y, &piece, out, scratch);
  }
}
