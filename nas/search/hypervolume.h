// Hypervolume: how much of the box below a reference point a set dominates (Zitzler, Thiele 1998).
#pragma once

#include <span>

#include "nas/search/pareto.h"

namespace mcunas {

// Exact volume of the union of boxes [point, reference], all coordinates minimised. Points that are
// not below the reference in every coordinate add nothing. Works for any dimension from 1; by
// slicing along the last coordinate, O(n^(d-1) log n): meant for up to 4 objectives and some
// thousand points.
double Hypervolume(std::span<const Costs> points, const Costs& reference);

}  // namespace mcunas
