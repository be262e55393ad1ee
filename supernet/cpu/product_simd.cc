// Products of the rows of a map with a layer's weights: pointwise convolutions. Compiled once per
// instruction set.
#include "supernet/cpu/product_simd.h"

#include "supernet/cpu/convolution_simd.h"
#include "supernet/cpu/product_tiles.h"

namespace mcunas {
namespace MCUNAS_SIMD_NAME {

int64_t ProductScratch(const ProductShape& s) {
  return s.pointwise() ? BlockScratch(s) : ConvolutionScratch(s);
}

void MultiplyForward(const ProductForward& call) {
  const ProductShape& s = call.shape;
  if (!s.pointwise()) return ConvolveForward(call);
  for (int64_t first = 0; first < s.rows; first += kRowBlock) {
    const int count = RowsOfBlock(first, s.rows);
    const RowPlaces rows = {call.scratch, RoundUp(s.inputs, kLanes)};
    PackRows(From(call.in, first * s.inputs), s.inputs, count, rows);
    ClearRows(rows.to, count, rows.pitch);
    ForEachPanel(s.outputs, s.inputs, ForwardBlock{call, call.scratch, first, count});
  }
}

void MultiplyBackward(const ProductBackward& call) {
  const ProductShape& s = call.shape;
  if (!s.pointwise()) return ConvolveBackward(call);
  const int64_t inputs = RoundUp(s.inputs, kLanes), outputs = RoundUp(s.outputs, kLanes);
  float* gradient = call.scratch;
  float* panels = gradient + kRowBlock * outputs;
  for (int64_t first = 0; first < s.rows; first += kRowBlock) {
    const int count = RowsOfBlock(first, s.rows);
    PackGradient(From(call.dout, first * s.outputs), s.outputs, count, {gradient, outputs});
    ClearRows(gradient, count, outputs);
    PackRows(From(call.in, first * s.inputs), s.inputs, count, PanelPlaces{panels, count, inputs});
    ForEachPanel(s.inputs, count, WeightGradientBlock{call, gradient, panels, 0, count});
    if (call.din == nullptr) continue;
    ForEachPanel(s.inputs, s.outputs, InputGradientBlock{call, gradient, first, count});
  }
}

}  // namespace MCUNAS_SIMD_NAME
}  // namespace mcunas
