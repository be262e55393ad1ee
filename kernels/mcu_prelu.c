#include "mcu_prelu.h"

#include "mcu_pairwise.h"

static void rectify(const void* op, const int8_t* first, const int8_t* second, int32_t count,
                    int8_t* out) {
  const struct mcu_rectifier* r = op;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t x = first[i] - r->input_zero_point;
    const int32_t product = x * (second[i] - r->alpha_zero_point);
    const struct mcu_factor* factor = x >= 0 ? &r->positive : &r->negative;
    const int32_t scaled =
        mcu_multiply_exact(x >= 0 ? x : product, factor->multiplier, factor->right_shift, 0);
    out[i] = (int8_t)mcu_saturate8(scaled + r->zero_point);
  }
}

void mcu_prelu(const void* op, const struct mcu_map* inputs, const struct mcu_segment* segment,
               int8_t* out, void* scratch) {
  (void)scratch;
  mcu_for_each_pair(rectify, op, ((const struct mcu_rectifier*)op)->channels, inputs, segment, out);
}
