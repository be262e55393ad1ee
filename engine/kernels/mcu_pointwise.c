#include "mcu_kernels.h"
#include "mcu_matrix.h"

void mcu_pointwise_row(const void* op, const struct mcu_rows* inputs, int32_t y, int8_t* out,
                       void* scratch) {
  const struct mcu_weighted* pointwise = op;
  const struct mcu_window* w = &pointwise->window;
  const int8_t* in = mcu_row(inputs, y * w->stride);
  const int32_t pixel_bytes = w->stride * w->in_channels;
  int32_t* column = scratch;
  const int32_t widest = mcu_tile_pixels(w->in_channels, w->out_width);
  for (int32_t left = w->out_width; left > 0; left -= widest) {
    const int32_t pixels = mcu_tail_pixels(widest, left), used = left < pixels ? left : pixels;
    for (int32_t p = 0; p < used; ++p) {
      mcu_fill_column(in, w->in_channels, column + p, pixels);
      in += pixel_bytes;
    }
    const struct mcu_tile tile = {column, pixels, used, w->in_channels};
    mcu_multiply_tile(pointwise, &tile, out);
    out += used * w->out_channels;
  }
}
