#include "nas/search/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/check.h"

namespace mcunas {
namespace {

// Positions in an order in which nobody is dominated by a later one.
std::vector<size_t> Lexicographic(std::span<const Costs> points) {
  for (const Costs& point : points) {
    const bool numbers = std::none_of(point.begin(), point.end(), [](double x) { return x != x; });
    MCUNAS_CHECK(numbers, "a cost is no number");
  }
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return points[a] < points[b]; });
  return order;
}

// Whether one of `front`, in lexicographic order and none of them dominated by another, dominates
// `point`, which comes after them. With two coordinates the last one, lowest in the second,
// answers for all.
bool DominatedBy(std::span<const size_t> front, std::span<const Costs> points, const Costs& point) {
  const size_t asked = point.size() <= 2 ? std::min<size_t>(front.size(), 1) : front.size();
  for (size_t k = 0; k < asked; ++k) {
    if (Dominates(points[front[front.size() - 1 - k]], point)) return true;
  }
  return false;
}

}  // namespace

bool Dominates(const Costs& a, const Costs& b) {
  MCUNAS_CHECK(a.size() == b.size(), "Dominates: sizes differ");
  bool better = false;
  for (size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    better |= a[k] < b[k];
  }
  return better;
}

std::vector<int> ParetoRanks(std::span<const Costs> points) {
  std::vector<int> ranks(points.size(), 0);
  std::vector<std::vector<size_t>> fronts;
  for (const size_t i : Lexicographic(points)) {
    // Whoever is dominated from a front is dominated from all fronts before it.
    const auto front =
        std::partition_point(fronts.begin(), fronts.end(), [&](const std::vector<size_t>& members) {
          return DominatedBy(members, points, points[i]);
        });
    ranks[i] = static_cast<int>(front - fronts.begin());
    if (front == fronts.end()) {
      fronts.push_back({i});
    } else {
      front->push_back(i);
    }
  }
  return ranks;
}

std::vector<size_t> NonDominated(std::span<const Costs> points) {
  std::vector<size_t> front;
  for (const size_t i : Lexicographic(points)) {
    if (!DominatedBy(front, points, points[i])) front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

std::vector<double> CrowdingDistances(std::span<const Costs> points) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const size_t n = points.size();
  std::vector<double> distance(n, 0);
  if (n == 0) return distance;
  std::vector<size_t> order(n);
  for (size_t k = 0; k < points[0].size(); ++k) {
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return points[a][k] < points[b][k]; });
    const double span = points[order[n - 1]][k] - points[order[0]][k];
    distance[order[0]] = distance[order[n - 1]] = kInfinite;
    if (span <= 0) continue;
    for (size_t i = 1; i + 1 < n; ++i) {
      distance[order[i]] += (points[order[i + 1]][k] - points[order[i - 1]][k]) / span;
    }
  }
  return distance;
}

}  // namespace mcunas
