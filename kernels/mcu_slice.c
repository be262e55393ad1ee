/* Kernels that cut a map or put a frame around it. */
#include "mcu_kernels.h"

void mcu_slice(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
               int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_slicing* slice = op;
  const int32_t channels = slice->channels, step = slice->column_stride;
  const int32_t row = slice->row + segment->y * slice->row_stride;
  int32_t at =
      mcu_ring_advance(inputs, mcu_row_start(inputs, row), slice->column + segment->first * step);
  for (int32_t left = segment->last - segment->first; left > 0; --left) {
    memcpy(out, inputs->base + at * inputs->pixel_bytes + slice->channel, (size_t)channels);
    out += channels;
    at = mcu_ring_advance(inputs, at, step);
  }
}

/* `count` pixels of the frame. */
static int8_t* put_frame(const struct mcu_framing* framing, int32_t count, int8_t* out) {
  const int32_t bytes = count * framing->channels;
  memset(out, framing->zero_point, (size_t)bytes);
  return out + bytes;
}

void mcu_pad(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
             int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_framing* framing = op;
  const int32_t channels = framing->channels, y = segment->y - framing->top;
  /* Columns of the segment and of the input in it, as columns of the input. */
  const int32_t begin = segment->first - framing->left, end = segment->last - framing->left;
  int32_t first = begin < 0 ? 0 : begin, last = end < framing->in_width ? end : framing->in_width;
  if (y < 0 || y >= inputs->height || first >= last) first = last = end;
  out = put_frame(framing, first - begin, out);
  if (first < last) {
    int32_t at = mcu_ring_advance(inputs, mcu_row_start(inputs, y), first);
    for (int32_t left = last - first; left > 0;) {
      const int32_t room = inputs->ring_pixels - at, pixels = left < room ? left : room;
      memcpy(out, inputs->base + at * channels, (size_t)(pixels * channels));
      out += pixels * channels;
      left -= pixels;
      at = 0;
    }
  }
  put_frame(framing, end - last, out);
}
