// Which input pixels a window reads.
#pragma once

#include <cstddef>

#include "network/network.h"

namespace mcunas {

// Input rows or columns under the taps of one output position; those outside the map are padding.
class Taps {
 public:
  static Taps Rows(const Operator& op, int y) {
    return {y * op.stride.height - op.padding.top, op.dilation.height, op.kernel.height,
            op.in.height};
  }
  static Taps Columns(const Operator& op, int x) {
    return {x * op.stride.width - op.padding.left, op.dilation.width, op.kernel.width, op.in.width};
  }
  int count() const { return count_; }
  int position(int tap) const { return origin_ + tap * dilation_; }
  bool inside(int tap) const { return position(tap) >= 0 && position(tap) < size_; }

 private:
  Taps(int origin, int dilation, int count, int size)
      : origin_(origin), dilation_(dilation), count_(count), size_(size) {}
  int origin_, dilation_, count_, size_;
};

// Calls visit(offset of the input pixel, index of the tap) for every tap of output pixel (y, x)
// that lies on the map.
template <typename Visit>
void ForEachTap(const Operator& op, int y, int x, Visit visit) {
  const Taps rows = Taps::Rows(op, y), columns = Taps::Columns(op, x);
  for (int ky = 0; ky < rows.count(); ++ky) {
    if (!rows.inside(ky)) continue;
    for (int kx = 0; kx < columns.count(); ++kx) {
      if (!columns.inside(kx)) continue;
      const size_t pixel = size_t(rows.position(ky)) * op.in.width + columns.position(kx);
      visit(pixel * op.in.channels, size_t(ky) * columns.count() + kx);
    }
  }
}

}  // namespace mcunas
