#include "mcu_kernels.h"
#include "mcu_matrix.h"

/* The window of output pixel (y, x) as one run of bytes; outside the map stands the zero point. */
static void gather_window(const struct mcu_weighted* op, const struct mcu_rows* in, int32_t y,
                          int32_t x, int8_t* values) {
  const struct mcu_window* w = &op->window;
  const int32_t first = x * w->stride - w->padding;
  const int32_t left = first < 0 ? -first : 0;
  int32_t right = first + w->kernel > w->in_width ? w->in_width - first : w->kernel;
  if (right < left) right = left;
  const int32_t row_bytes = w->kernel * w->in_channels;
  const size_t inside = (size_t)((right - left) * w->in_channels);
  for (int32_t ky = 0; ky < w->kernel; ++ky) {
    const int8_t* row = mcu_row(in, y * w->stride - w->padding + ky);
    if (row == NULL || right - left < w->kernel)
      memset(values, op->input_zero_point, (size_t)row_bytes);
    if (row != NULL) {
      memcpy(values + left * w->in_channels, row + (first + left) * w->in_channels, inside);
    }
    values += row_bytes;
  }
}

void mcu_conv_row(const void* op, const struct mcu_rows* inputs, int32_t y, int8_t* out,
                  void* scratch) {
  const struct mcu_weighted* conv = op;
  const struct mcu_window* w = &conv->window;
  const int32_t depth = w->kernel * w->kernel * w->in_channels;
  const int32_t widest = mcu_tile_pixels(depth, w->out_width);
  int32_t* column = scratch;
  int8_t* values = (int8_t*)(column + widest * mcu_column_words(depth));
  for (int32_t x = 0; x < w->out_width; x += widest) {
    const int32_t left = w->out_width - x;
    const int32_t pixels = mcu_tail_pixels(widest, left), used = left < pixels ? left : pixels;
    for (int32_t p = 0; p < used; ++p) {
      gather_window(conv, inputs, y, x + p, values);
      mcu_fill_column(values, depth, column + p, pixels);
    }
    const struct mcu_tile tile = {column, pixels, used, depth};
    mcu_multiply_tile(conv, &tile, out);
    out += used * w->out_channels;
  }
}
