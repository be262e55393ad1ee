/* Resizes by any factor. Those that repeat every pixel equally often are in mcu_copy.c. */
#include "mcu_kernels.h"

void mcu_resize_by_table(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_picking* picking = op;
  const int32_t channels = picking->channels;
  const int32_t row = mcu_row_start(inputs, picking->rows[segment->y]);
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const int32_t at = mcu_ring_advance(inputs, row, picking->columns[x]);
    memcpy(out, inputs->base + at * channels, (size_t)channels);
    out += channels;
  }
}

/* Two neighbouring input indices and their shares of 1024. */
struct pair {
  int32_t lower, upper, lower_share, upper_share;
};

static struct pair find_pair(const struct mcu_place* place, int32_t o, int32_t size) {
  const int32_t at = o * place->scale + place->offset;
  struct pair pair = {at < 0 ? 0 : at >> 10, (at + 1023) >> 10, 0, 0};
  if (pair.upper < 0) pair.upper = 0;
  if (pair.upper > size - 1) pair.upper = size - 1;
  pair.upper_share = at - (pair.lower << 10);
  pair.lower_share = 1024 - pair.upper_share;
  return pair;
}

void mcu_resize_bilinear(const void* op, const struct mcu_map* inputs,
                         const struct mcu_segment* segment, int8_t* out, void* scratch) {
  (void)scratch;
  const struct mcu_bilinear* bilinear = op;
  const int32_t channels = bilinear->channels;
  const struct pair rows = find_pair(&bilinear->rows, segment->y, inputs->height);
  const int32_t upper_row = mcu_row_start(inputs, rows.lower);
  const int32_t lower_row = mcu_row_start(inputs, rows.upper);
  for (int32_t x = segment->first; x < segment->last; ++x) {
    const struct pair columns = find_pair(&bilinear->columns, x, bilinear->in_width);
    const int8_t* a = inputs->base + mcu_ring_advance(inputs, upper_row, columns.lower) * channels;
    const int8_t* b = inputs->base + mcu_ring_advance(inputs, upper_row, columns.upper) * channels;
    const int8_t* c = inputs->base + mcu_ring_advance(inputs, lower_row, columns.lower) * channels;
    const int8_t* d = inputs->base + mcu_ring_advance(inputs, lower_row, columns.upper) * channels;
    const int32_t share_a = rows.lower_share * columns.lower_share;
    const int32_t share_b = rows.lower_share * columns.upper_share;
    const int32_t share_c = rows.upper_share * columns.lower_share;
    const int32_t share_d = rows.upper_share * columns.upper_share;
    for (int32_t channel = 0; channel < channels; ++channel) {
      const int32_t sum =
          a[channel] * share_a + b[channel] * share_b + c[channel] * share_c + d[channel] * share_d;
      /* Half away from zero. */
      const int32_t half = sum > 0 ? 1 << 19 : -(1 << 19);
      *out++ = (int8_t)((sum + half) / (1 << 20));
    }
  }
}
