// Non-negative least squares: x >= 0 that minimises |A x - b|.
#pragma once

#include <span>
#include <vector>

namespace mcunas {

// Active-set method of Lawson and Hanson, "Solving Least Squares Problems" (1974), chapter 23.
// `a`: [rows, columns] row-major; `b`: [rows]. Returns x: [columns]; the minimiser, unique where A
// has full column rank. Cost: some `columns` least-squares solutions.
std::vector<double> SolveNonNegative(std::span<const double> a, std::span<const double> b);

}  // namespace mcunas
