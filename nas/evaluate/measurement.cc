#include "nas/evaluate/measurement.h"

#include <algorithm>

namespace mcunas {

int64_t Measurement::median_ticks() const {
  if (ticks.empty()) return 0;
  std::vector<int64_t> sorted = ticks;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

int64_t Measurement::min_ticks() const {
  return ticks.empty() ? 0 : *std::min_element(ticks.begin(), ticks.end());
}

int64_t Measurement::max_ticks() const {
  return ticks.empty() ? 0 : *std::max_element(ticks.begin(), ticks.end());
}

}  // namespace mcunas
