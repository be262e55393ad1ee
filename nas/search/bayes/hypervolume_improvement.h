// Expected hypervolume improvement where the costs are known and only the gain is uncertain
// (Emmerich, Giannakoglou, Naujoks 2006, with all but one coordinate certain): exact, without
// sampling.
#pragma once

#include <array>
#include <vector>

namespace mcunas {

// A network as the improvement sees it. Costs are scaled so that 1 is the reference; with one cost
// the other is 0.
struct GainAtCosts {
  double gain = 0;  // to be maximised
  std::array<double, 2> costs{};
};

// The volume between the known networks and the corner (worst gain, costs 1, 1). For every level of
// gain there is an area of costs that a new network at its costs would add to what networks of at
// least that gain dominate; the improvement is the integral of this area over the levels up to the
// new gain, a staircase, whose expectation is a sum of expected improvements.
class HypervolumeImprovement {
 public:
  explicit HypervolumeImprovement(double worst_gain) : worst_gain_(worst_gain) {}

  // Dominated networks are forgotten.
  void Add(const GainAtCosts& known);
  // Of a network at these costs whose gain is normal. Cost: O(f^2) for a front of f networks, less
  // where many of them cost less.
  double Expected(double mean, double deviation, const std::array<double, 2>& costs) const;

 private:
  double worst_gain_;
  std::vector<GainAtCosts> front_;  // highest gain first
};

}  // namespace mcunas
