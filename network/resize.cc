#include "network/resize.h"

#include <algorithm>
#include <cmath>

namespace mcunas {
namespace {

constexpr int kUnit = 1 << 10;  // of a pixel's distance

}  // namespace

ResizeAxis ResizeRows(const Operator& op) { return {op.in.height, op.out.height, op.sampling}; }

ResizeAxis ResizeColumns(const Operator& op) { return {op.in.width, op.out.width, op.sampling}; }

int NearestIndex(const ResizeAxis& axis, int o) {
  // In float, as TFLite: the rounding of the scale decides some indices.
  const bool corners = axis.sampling == Sampling::kCorners;
  const float scale = corners && axis.out > 1
                          ? static_cast<float>(axis.in - 1) / static_cast<float>(axis.out - 1)
                          : static_cast<float>(axis.in) / static_cast<float>(axis.out);
  const float half = axis.sampling == Sampling::kCentres ? 0.5f : 0.0f;
  const float place = (static_cast<float>(o) + half) * scale;
  const int nearest = static_cast<int>(corners ? std::round(place) : std::floor(place));
  return std::clamp(nearest, 0, axis.in - 1);
}

bool RepeatsEvenly(const ResizeAxis& axis) {
  if (axis.out % axis.in != 0) return false;
  const int factor = axis.out / axis.in;
  for (int o = 0; o < axis.out; ++o)
    if (NearestIndex(axis, o) != o / factor) return false;
  return true;
}

bool ResizesEvenly(const Operator& op) {
  return RepeatsEvenly(ResizeRows(op)) && RepeatsEvenly(ResizeColumns(op));
}

BilinearScale BilinearScaleOf(const ResizeAxis& axis) {
  const bool corners = axis.sampling == Sampling::kCorners && axis.out > 1;
  const int in = corners ? axis.in - 1 : axis.in, out = corners ? axis.out - 1 : axis.out;
  const int scale = (kUnit * in + out / 2) / out;
  const bool centres = axis.sampling == Sampling::kCentres;
  return {scale, centres ? scale / 2 - kUnit / 2 : 0};
}

BilinearPair BilinearNeighbours(const ResizeAxis& axis, int o) {
  const BilinearScale s = BilinearScaleOf(axis);
  const int place = o * s.scale + s.offset;
  return {std::max(place / kUnit, 0), std::min((place + kUnit - 1) / kUnit, axis.in - 1)};
}

}  // namespace mcunas
