#include "mcu_kernels.h"
#include "mcu_matrix.h"

void mcu_pointwise_row(const void *op, const struct mcu_rows *inputs, int32_t y, int8_t *out,
                       void *scratch) {
  const struct mcu_weighted *pointwise = op;
  const struct mcu_window *w = &pointwise->window;
  const int8_t *in = mcu_row(inputs, y * w->stride);
  const int32_t pixel_bytes = w->stride * w->in_channels;
  int32_t *column = scratch;
  int32_t pixels = mcu_tile_pixels(w->in_channels, w->out_width);
  for (int32_t x = 0; x < w->out_width; x += pixels) {
    while (x + pixels > w->out_width) pixels /= 2;
    for (int32_t p = 0; p < pixels; ++p) {
      mcu_fill_column(in, w->in_channels, column + p, pixels);
      in += pixel_bytes;
    }
    const struct mcu_tile tile = {column, pixels, w->in_channels};
    mcu_multiply_tile(pointwise, &tile, out);
    out += pixels * w->out_channels;
  }
}
