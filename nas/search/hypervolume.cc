#include "nas/search/hypervolume.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {
namespace {

// What the first `dimensions` coordinates of the points dominate.
double Volume(std::vector<const Costs*> points, const Costs& reference, size_t dimensions) {
  const size_t last = dimensions - 1;
  std::sort(points.begin(), points.end(),
            [&](const Costs* a, const Costs* b) { return (*a)[last] < (*b)[last]; });
  if (dimensions == 1) return points.empty() ? 0 : reference[0] - (*points[0])[0];
  if (dimensions == 2) {  // staircase
    double area = 0, ceiling = reference[0];
    for (const Costs* p : points) {
      if ((*p)[0] >= ceiling) continue;
      area += (ceiling - (*p)[0]) * (reference[1] - (*p)[1]);
      ceiling = (*p)[0];
    }
    return area;
  }
  double volume = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const double top = i + 1 < points.size() ? (*points[i + 1])[last] : reference[last];
    const double height = top - (*points[i])[last];
    if (height <= 0) continue;
    const std::vector<const Costs*> below(points.begin(),
                                          points.begin() + static_cast<std::ptrdiff_t>(i + 1));
    volume += height * Volume(below, reference, last);
  }
  return volume;
}

}  // namespace

double Hypervolume(std::span<const Costs> points, const Costs& reference) {
  MCUNAS_CHECK(!reference.empty(), "Hypervolume: no coordinates");
  std::vector<const Costs*> inside;
  for (const size_t i : NonDominated(points)) {
    MCUNAS_CHECK(points[i].size() == reference.size(), "Hypervolume: sizes differ");
    const bool below = std::equal(points[i].begin(), points[i].end(), reference.begin(),
                                  [](double p, double r) { return p < r; });
    if (below) inside.push_back(&points[i]);
  }
  return Volume(std::move(inside), reference, reference.size());
}

}  // namespace mcunas
