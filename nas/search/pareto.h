// Pareto order of points whose every coordinate is minimised.
//
// Fronts by efficient non-dominated sort with binary search: Zhang, Tian, Cheng, Jin 2015. Crowding
// distance: Deb, Pratap, Agarwal, Meyarivan 2002 (NSGA-II).
#pragma once

#include <span>
#include <vector>

namespace mcunas {

using Costs = std::vector<double>;

// No worse anywhere and better somewhere. Both have one size.
bool Dominates(const Costs& a, const Costs& b);

// Front of every point, from 0: front f is what no point outside fronts 0..f-1 dominates. All costs
// are numbers. Cost: O(n log n) for two coordinates; for more, n times the size of a front times
// the logarithm of their number.
std::vector<int> ParetoRanks(std::span<const Costs> points);
// Positions of front 0, ascending. Cost: O(n log n + n times the size of the front).
std::vector<size_t> NonDominated(std::span<const Costs> points);

// Crowding distance within the set given: infinite for one point at each end of every coordinate
// (the earlier of equal ones at the low end, the later at the high end). Cost: O(m n log n).
std::vector<double> CrowdingDistances(std::span<const Costs> points);

}  // namespace mcunas
