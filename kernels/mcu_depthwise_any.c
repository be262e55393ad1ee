/* Depthwise convolutions that mcu_depthwise_side() has no fast form for: wide windows, dilated
 * columns, large strides. Value by value. */
#include "mcu_kernels.h"

struct job {
  const struct mcu_weighted* op;
  const struct mcu_map* in;
  struct mcu_taps rows; /* those in the map */
  int32_t row;          /* where column 0 of the first of them would be */
};

static int32_t sum_of(const struct job* job, int32_t x, int32_t channel) {
  const struct mcu_window* w = &job->op->window;
  const struct mcu_map* in = job->in;
  const struct mcu_taps columns = mcu_find_taps(&w->columns, x, w->in_width);
  const int32_t taps = w->rows.kernel * w->columns.kernel;
  const int32_t source = channel / (w->out_channels / w->in_channels);
  const int8_t* weight = job->op->weights + channel * taps;
  int32_t sum = job->op->requantization.bias[channel], start = job->row;
  for (int32_t ky = 0; ky < w->rows.kernel; ++ky) {
    const int row_inside = ky >= job->rows.first && ky < job->rows.last;
    for (int32_t kx = 0; kx < w->columns.kernel; ++kx, ++weight) {
      int32_t value = job->op->input_zero_point;
      if (row_inside && kx >= columns.first && kx < columns.last) {
        const int32_t column = columns.begin + kx * w->columns.dilation;
        value = in->base[mcu_ring_advance(in, start, column) * in->pixel_bytes + source];
      }
      sum += value * *weight;
    }
    if (row_inside) start = mcu_ring_advance(in, start, w->rows.dilation * in->width);
  }
  return sum;
}

void mcu_depthwise_any(const void* op, const struct mcu_map* inputs,
                       const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  struct job job = {.op = op, .in = inputs};
  const struct mcu_reach* reach = &job.op->window.rows;
  job.rows = mcu_find_taps(reach, segment->y, inputs->height);
  if (job.rows.first < job.rows.last) {
    job.row = mcu_row_start(inputs, job.rows.begin + job.rows.first * reach->dilation);
  }
  for (int32_t x = segment->first; x < segment->last; ++x, out += job.op->window.out_step) {
    for (int32_t c = 0; c < job.op->window.out_channels; ++c) {
      const int32_t sum = sum_of(&job, x, c);
      mcu_requantize_channel(&job.op->requantization, c, &sum, 1, 1, out + c, 1);
    }
  }
}
