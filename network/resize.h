// Which pixels of its input a resize reads: the rules of TFLite's reference kernels, along one
// axis.
#pragma once

#include "network/network.h"

namespace mcunas {

struct ResizeAxis {
  int in = 1, out = 1;
  Sampling sampling = Sampling::kPlain;
};
ResizeAxis ResizeRows(const Operator& op);
ResizeAxis ResizeColumns(const Operator& op);

// RESIZE_NEAREST_NEIGHBOR: the input index of output index o. Monotone in o.
int NearestIndex(const ResizeAxis& axis, int o);
// Whether that is o / (out / in), out being a multiple of in.
bool RepeatsEvenly(const ResizeAxis& axis);
bool ResizesEvenly(const Operator& op);  // both axes

// RESIZE_BILINEAR on integers: output index o lies at (o * scale + offset) / 1024 of its input.
struct BilinearScale {
  int scale = 0, offset = 0;
};
BilinearScale BilinearScaleOf(const ResizeAxis& axis);
// The two neighbours of output index o; monotone in o. The first one lies beyond the map where
// rounding of the scale adds up to more than a pixel, which no legal operator has.
struct BilinearPair {
  int lower = 0, upper = 0;
};
BilinearPair BilinearNeighbours(const ResizeAxis& axis, int o);

}  // namespace mcunas
