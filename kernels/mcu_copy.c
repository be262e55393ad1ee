/* Kernels that only move bytes. */
#include "mcu_kernels.h"

void mcu_resize_nearest(const void* op, const struct mcu_map* inputs,
                        const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_resizing* resizing = op;
  const int32_t channels = resizing->channels, columns = resizing->columns;
  int32_t x = segment->first / columns, repeated = segment->first % columns;
  int32_t at = mcu_ring_advance(inputs, mcu_row_start(inputs, segment->y / resizing->rows), x);
  for (int32_t left = segment->last - segment->first; left > 0; --left) {
    memcpy(out, inputs->base + at * channels, (size_t)channels);
    out += channels;
    if (++repeated < columns) continue;
    repeated = 0;
    if (++at == inputs->ring_pixels) at = 0;
  }
}

/* The channels of one operand, `step` bytes from one output pixel to the next. */
static void interleave(const struct mcu_map* in, const struct mcu_segment* segment, int8_t* out,
                       int32_t step) {
  int32_t at = mcu_ring_advance(in, mcu_row_start(in, segment->y), segment->first);
  for (int32_t left = segment->last - segment->first; left > 0; --left) {
    memcpy(out, in->base + at * in->pixel_bytes, (size_t)in->pixel_bytes);
    out += step;
    if (++at == in->ring_pixels) at = 0;
  }
}

void mcu_concatenate(const void* op, const struct mcu_map* inputs,
                     const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_concatenation* concatenation = op;
  int32_t step = 0;
  for (int32_t i = 0; i < concatenation->operands; ++i) step += inputs[i].pixel_bytes;
  for (int32_t i = 0; i < concatenation->operands; ++i) {
    interleave(&inputs[i], segment, out, step);
    out += inputs[i].pixel_bytes;
  }
}

void mcu_reshape(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
                 int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_reshaping* reshaping = op;
  const int32_t first = segment->y * reshaping->width + segment->first;
  const int32_t pixels = segment->last - segment->first;
  memmove(out, inputs->base + first * reshaping->channels, (size_t)(pixels * reshaping->channels));
}
