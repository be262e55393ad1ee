#include "nas/search/bayes/hypervolume_improvement.h"

#include <algorithm>

#include "nas/search/bayes/expected_improvement.h"

namespace mcunas {
namespace {

using Corner = std::array<double, 2>;

bool NoDearer(const Corner& a, const Corner& b) { return a[0] <= b[0] && a[1] <= b[1]; }

// The part of [corner, 1] x [corner, 1] that no known network dominates, while these come one by
// one.
class FreeArea {
 public:
  explicit FreeArea(const Corner& corner)
      : corner_(corner), area_(std::max(0.0, 1 - corner[0]) * std::max(0.0, 1 - corner[1])) {}

  double area() const { return area_; }

  void Take(const Corner& costs) {
    const Corner at = {std::max(costs[0], corner_[0]), std::max(costs[1], corner_[1])};
    if (at[0] >= 1 || at[1] >= 1) return;
    auto step =
        std::find_if(steps_.begin(), steps_.end(), [&](const Corner& s) { return s[0] > at[0]; });
    double height = step == steps_.begin() ? 1 : (*std::prev(step))[1];
    if (height <= at[1]) return;
    double from = at[0];
    const auto first = step;
    for (; step != steps_.end() && (*step)[1] >= at[1]; ++step) {
      area_ -= ((*step)[0] - from) * (height - at[1]);
      from = (*step)[0];
      height = (*step)[1];
    }
    area_ -= ((step == steps_.end() ? 1 : (*step)[0]) - from) * (height - at[1]);
    steps_.insert(steps_.erase(first, step), at);
  }

 private:
  Corner corner_;
  double area_;
  std::vector<Corner> steps_;  // first cost rises, second falls
};

}  // namespace

void HypervolumeImprovement::Add(const GainAtCosts& known) {
  const auto dominates = [](const GainAtCosts& a, const GainAtCosts& b) {
    return a.gain >= b.gain && NoDearer(a.costs, b.costs);
  };
  if (std::any_of(front_.begin(), front_.end(),
                  [&](const GainAtCosts& other) { return dominates(other, known); })) {
    return;
  }
  std::erase_if(front_, [&](const GainAtCosts& other) { return dominates(known, other); });
  const auto place = std::find_if(front_.begin(), front_.end(), [&](const GainAtCosts& other) {
    return other.gain < known.gain;
  });
  front_.insert(place, known);
}

double HypervolumeImprovement::Expected(double mean, double deviation,
                                        const std::array<double, 2>& costs) const {
  FreeArea free(costs);
  double expected = 0, above = 0;  // improvement over the level above, of which there is none yet
  for (const GainAtCosts& known : front_) {
    if (free.area() <= 0) return expected;
    const double level = std::max(known.gain, worst_gain_);
    const double here = ExpectedImprovement(mean, deviation, level);
    expected += free.area() * (here - above);
    above = here;
    free.Take(known.costs);
  }
  if (free.area() <= 0) return expected;
  return expected + free.area() * (ExpectedImprovement(mean, deviation, worst_gain_) - above);
}

}  // namespace mcunas
