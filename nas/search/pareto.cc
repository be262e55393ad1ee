#include "nas/search/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "common/check.h"

namespace mcunas {

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
  const size_t n = points.size();
  std::vector<std::vector<size_t>> dominated(n);
  std::vector<size_t> dominators(n, 0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (Dominates(points[i], points[j])) {
        dominated[i].push_back(j);
        ++dominators[j];
      } else if (Dominates(points[j], points[i])) {
        dominated[j].push_back(i);
        ++dominators[i];
      }
    }
  }
  std::vector<int> ranks(n, 0);
  std::vector<size_t> front;
  for (size_t i = 0; i < n; ++i) {
    if (dominators[i] == 0) front.push_back(i);
  }
  for (int rank = 0; !front.empty(); ++rank) {
    std::vector<size_t> next;
    for (const size_t i : front) {
      ranks[i] = rank;
      for (const size_t j : dominated[i]) {
        if (--dominators[j] == 0) next.push_back(j);
      }
    }
    front = std::move(next);
  }
  return ranks;
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
