/* Depthwise convolution, channel by channel.
 *
 * The rows below the window go into a line buffer of 16-bit values: of columns 2j and 2j+1, all
 * kernel rows stand together, line[j * kernel + row], padding and missing rows filled with the zero
 * point. A row of weights w0 w1 w2 ... then works on whole words: as (w0 w1)(w2 0) for an output
 * that begins at an even column, as (0 w0)(w1 w2) for the next one, so every SMLAD does two
 * products of one output. */
#include "mcu_kernels.h"

enum { MAX_KERNEL = 7, MAX_WORDS = MAX_KERNEL / 2 + 1, TILE = 4, MAX_OUTPUTS = 64 };

/* One piece of the output row and the part of the line buffer that lies inside the map. */
struct piece {
  int32_t first, outputs;         /* output columns */
  int32_t pairs;                  /* of columns in the line buffer */
  int32_t source, inside;         /* input columns [source, source + inside) ... */
  int32_t begin;                  /* ... go to line columns from here on */
  int32_t top, bottom;            /* kernel rows [top, bottom) lie inside the map */
  const int8_t* rows[MAX_KERNEL]; /* of those, channel 0 of the source column */
  int32_t row_bytes; /* from one to the next; 0 where they do not lie so, or some are missing */
};

/* The values of one channel, channels apart, into the columns of one kernel row. */
static void fill_row(const struct piece* piece, const int8_t* values, int32_t channels,
                     int32_t kernel, int32_t* line) {
  int32_t left = piece->inside;
  line += piece->begin / 2 * kernel;
  if (piece->begin % 2 != 0) {
    *line = mcu_pack_low(*line, *values);
    values += channels;
    line += kernel;
    --left;
  }
  for (; left >= 2; left -= 2) {
    *line = mcu_pack_low(values[0], values[channels]);
    values += 2 * channels;
    line += kernel;
  }
  if (left != 0) *line = mcu_pack_low_high(*values, *line);
}

/* All kernel rows at once, where they lie row_bytes apart. kernel is a constant after inlining. */
MCU_INLINE void fill_rows(const struct piece* piece, const int8_t* values, int32_t channels,
                          int32_t kernel, int32_t* line) {
  const int32_t row_bytes = piece->row_bytes;
  int32_t left = piece->inside;
  line += piece->begin / 2 * kernel;
  if (piece->begin % 2 != 0) {
#pragma GCC unroll 7
    for (int32_t ky = 0; ky < kernel; ++ky)
      line[ky] = mcu_pack_low(line[ky], values[ky * row_bytes]);
    values += channels;
    line += kernel;
    --left;
  }
  for (; left >= 2; left -= 2) {
    int32_t even[MAX_KERNEL];
#pragma GCC unroll 7
    for (int32_t ky = 0; ky < kernel; ++ky) even[ky] = values[ky * row_bytes];
    values += channels;
#pragma GCC unroll 7
    for (int32_t ky = 0; ky < kernel; ++ky)
      line[ky] = mcu_pack_low(even[ky], values[ky * row_bytes]);
    values += channels;
    line += kernel;
  }
  if (left == 0) return;
#pragma GCC unroll 7
  for (int32_t ky = 0; ky < kernel; ++ky)
    line[ky] = mcu_pack_low_high(values[ky * row_bytes], line[ky]);
}

/* Rows of weights as words for even and odd outputs: words[2 * j] and words[2 * j + 1]. */
MCU_INLINE void spread_3(const int8_t* weights, int32_t* words) {
#pragma GCC unroll 3
  for (int32_t row = 0; row < 3; ++row) {
    /* The last row is read from one byte earlier: nothing behind the table is touched. */
    const uint32_t four =
        row < 2 ? (uint32_t)mcu_load32(weights + 3 * row) : (uint32_t)mcu_load32(weights + 5) >> 8;
    const int32_t w02 = mcu_sxtb16((int32_t)four), w13 = mcu_sxtb16_ror8((int32_t)four);
    words[0] = mcu_pack_low(w02, w13);
    words[1] = (int32_t)((uint32_t)w02 << 16);
    words[2] = (int32_t)((uint32_t)w02 >> 16);
    words[3] = mcu_pack_low_high(w13, w02);
    words += 4;
  }
}

MCU_INLINE void spread_5(const int8_t* weights, int32_t* words) {
  for (int32_t row = 0; row < 5; ++row) {
    const int32_t four = mcu_load32(weights), w4 = weights[4];
    const int32_t w02 = mcu_sxtb16(four), w13 = mcu_sxtb16_ror8(four);
    words[0] = mcu_pack_low(w02, w13);
    words[1] = (int32_t)((uint32_t)w02 << 16);
    words[2] = mcu_pack_low_high(w02 >> 16, w13);
    words[3] = mcu_pack_low_high(w13, w02);
    words[4] = mcu_pair(w4, 0);
    words[5] = mcu_pack_low(w13 >> 16, w4);
    words += 6;
    weights += 5;
  }
}

MCU_INLINE void spread_7(const int8_t* weights, int32_t* words) {
  for (int32_t row = 0; row < 7; ++row) {
    const int32_t head = mcu_load32(weights), tail = mcu_load32(weights + 3);
    const int32_t w02 = mcu_sxtb16(head), w13 = mcu_sxtb16_ror8(head);
    const int32_t w35 = mcu_sxtb16(tail), w46 = mcu_sxtb16_ror8(tail);
    words[0] = mcu_pack_low(w02, w13);
    words[1] = (int32_t)((uint32_t)w02 << 16);
    words[2] = mcu_pack_low_high(w02 >> 16, w13);
    words[3] = mcu_pack_low_high(w13, w02);
    words[4] = mcu_pack_low_high(w46, w35);
    words[5] = mcu_pack_low(w35, w46);
    words[6] = (int32_t)((uint32_t)w46 >> 16);
    words[7] = mcu_pack_low_high(w35 >> 16, w46);
    words += 8;
    weights += 7;
  }
}

MCU_INLINE void spread_weights(const int8_t* weights, int32_t kernel, int32_t* words) {
  if (kernel == 3) spread_3(weights, words);
  if (kernel == 5) spread_5(weights, words);
  if (kernel == 7) spread_7(weights, words);
}

/* Four outputs of stride 1 from the line at an even column. kernel is a constant after inlining. */
MCU_INLINE void tile_stride_1(const int32_t* line, const int32_t* words, int32_t kernel,
                              int32_t bias, int32_t* sums) {
  const int32_t count = kernel / 2 + 1;
  int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
#pragma GCC unroll 3
  for (int32_t row = 0; row < kernel; ++row) {
    int32_t value = *line;
#pragma GCC unroll 4
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
MCU_INLINE void tile_stride_2(const int32_t* line, const int32_t* words, int32_t kernel,
                              int32_t bias, int32_t* sums) {
  const int32_t count = kernel / 2 + 1;
  int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
#pragma GCC unroll 3
  for (int32_t row = 0; row < kernel; ++row) {
#pragma GCC unroll 4
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

/* All sums of one channel in a piece. kernel is a constant after inlining. */
MCU_INLINE void run_tiles(const struct mcu_weighted* op, const struct piece* piece, int32_t kernel,
                          int32_t channel, int32_t* line, int32_t* sums) {
  const int32_t bias = op->requantization.bias[channel];
  int32_t words[2 * MAX_KERNEL * MAX_WORDS];
  if (piece->row_bytes != 0) {
    fill_rows(piece, piece->rows[0] + channel, op->window.in_channels, kernel, line);
  } else {
    for (int32_t ky = piece->top; ky < piece->bottom; ++ky) {
      fill_row(piece, piece->rows[ky] + channel, op->window.in_channels, kernel, line + ky);
    }
  }
  spread_weights(op->weights + channel * kernel * kernel, kernel, words);
  const int32_t* const end = sums + piece->outputs;
  if (op->window.stride == 1) {
    for (; sums < end; sums += TILE, line += 2 * kernel)
      tile_stride_1(line, words, kernel, bias, sums);
  } else {
    for (; sums < end; sums += TILE, line += 4 * kernel)
      tile_stride_2(line, words, kernel, bias, sums);
  }
}

/* Windows of any other size, without a line buffer. */
static void run_any(const struct mcu_weighted* op, const struct mcu_rows* in, int32_t y,
                    int32_t channel, int8_t* out) {
  const struct mcu_window* w = &op->window;
  for (int32_t i = 0; i < w->out_width; ++i) {
    const int8_t* weight = op->weights + channel * w->kernel * w->kernel;
    int32_t sum = op->requantization.bias[channel];
    for (int32_t ky = 0; ky < w->kernel; ++ky) {
      const int8_t* row = mcu_row(in, y * w->stride - w->padding + ky);
      for (int32_t kx = 0; kx < w->kernel; ++kx) {
        const int32_t x = i * w->stride - w->padding + kx;
        const int inside = row != NULL && x >= 0 && x < w->in_width;
        sum += (inside ? row[x * w->in_channels + channel] : op->input_zero_point) * *weight++;
      }
    }
    mcu_requantize_channel(&op->requantization, channel, &sum, 1, 1,
                           out + i * w->out_channels + channel, 1);
  }
}

static struct piece make_piece(const struct mcu_window* w, const struct mcu_rows* in, int32_t y,
                               int32_t first, int32_t outputs) {
  struct piece piece = {.first = first, .outputs = outputs};
  const int32_t columns = (outputs - 1) * w->stride + w->kernel;
  const int32_t from = first * w->stride - w->padding;
  const int32_t to = from + columns < w->in_width ? from + columns : w->in_width;
  const int32_t from_row = y * w->stride - w->padding;
  piece.pairs = (columns + 1) / 2;
  piece.source = from < 0 ? 0 : from;
  piece.begin = piece.source - from;
  piece.inside = to - piece.source;
  if (piece.inside <= 0) return piece;
  piece.top = from_row < 0 ? -from_row : 0;
  piece.bottom = from_row + w->kernel > in->height ? in->height - from_row : w->kernel;
  for (int32_t ky = piece.top; ky < piece.bottom; ++ky) {
    piece.rows[ky] = mcu_row(in, from_row + ky) + piece.source * w->in_channels;
  }
  const int whole = piece.bottom - piece.top == w->kernel;
  if (whole && piece.rows[w->kernel - 1] == piece.rows[0] + (w->kernel - 1) * in->row_bytes) {
    piece.row_bytes = in->row_bytes;
  }
  return piece;
}

MCU_INLINE void run_piece(const struct mcu_weighted* op, const struct piece* piece, int32_t kernel,
                          int8_t* out, int32_t* line) {
  const int32_t channels = op->window.in_channels;
  const int32_t padding = mcu_pair(op->input_zero_point, op->input_zero_point);
  int32_t sums[MAX_OUTPUTS];
  /* What lies outside the map is the same for all channels. */
  for (int32_t i = 0; i < piece->pairs * kernel; ++i) line[i] = padding;
  for (int32_t channel = 0; channel < channels; ++channel) {
    run_tiles(op, piece, kernel, channel, line, sums);
    mcu_requantize_channel(&op->requantization, channel, sums, 1, piece->outputs,
                           out + piece->first * channels + channel, channels);
  }
}

static __attribute__((noinline)) void run_piece_3(const struct mcu_weighted* op,
                                                  const struct piece* piece, int8_t* out,
                                                  int32_t* line) {
  run_piece(op, piece, 3, out, line);
}

static __attribute__((noinline)) void run_piece_5(const struct mcu_weighted* op,
                                                  const struct piece* piece, int8_t* out,
                                                  int32_t* line) {
  run_piece(op, piece, 5, out, line);
}

static __attribute__((noinline)) void run_piece_7(const struct mcu_weighted* op,
                                                  const struct piece* piece, int8_t* out,
                                                  int32_t* line) {
  run_piece(op, piece, 7, out, line);
}

void mcu_depthwise_row(const void* op, const struct mcu_rows* inputs, int32_t y, int8_t* out,
                       void* scratch) {
  const struct mcu_weighted* depthwise = op;
  const struct mcu_window* w = &depthwise->window;
  const int32_t kernel = w->kernel;
  if (kernel != 3 && kernel != 5 && kernel != 7) {
    for (int32_t channel = 0; channel < w->in_channels; ++channel) {
      run_any(depthwise, inputs, y, channel, out);
    }
    return;
  }
  /* Whole tiles that fit in the line buffer (scratch_size.h). */
  const int32_t capacity = mcu_line_columns(kernel, w->out_width) - kernel / 2 * 2;
  const int32_t longest = capacity / (TILE * w->stride) * TILE;
  for (int32_t first = 0; first < w->out_width; first += longest) {
    const int32_t left = w->out_width - first;
    const struct piece piece = make_piece(w, inputs, y, first, left < longest ? left : longest);
    if (kernel == 3) run_piece_3(depthwise, &piece, out, scratch);
    if (kernel == 5) run_piece_5(depthwise, &piece, out, scratch);
    if (kernel == 7) run_piece_7(depthwise, &piece, out, scratch);
  }
}
