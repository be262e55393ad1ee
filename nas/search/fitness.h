// Fitness: how candidates compare. Limits come first, then the objectives.
//
// Constraint domination (Deb 2000): a candidate that keeps the limits beats one that does not; of
// two that do not, the smaller violation wins; of two that do, Pareto dominance decides.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/search/config.h"
#include "nas/search/pareto.h"

namespace mcunas {

struct Fitness {
  enum class Tier { kFeasible, kInfeasible, kFailed };  // best first
  Tier tier = Tier::kFeasible;
  double violation = 0;  // kInfeasible only
  Costs costs;           // kFeasible only: objectives in the order of their names, all minimised
};

// The number that counts for an objective: a measured latency before a predicted one. Nothing where
// the candidate has no such number.
std::optional<double> ObjectiveValue(const CandidateRecord& record, const std::string& objective);

// Pre-condition: a usable candidate has a number for every objective of `config`.
Fitness FitnessOf(const CandidateRecord& record, const SearchConfig& config);

bool ConstrainedDominates(const Fitness& a, const Fitness& b);

// Positions from best to worst: feasible ones by front, then the more isolated first within a
// front; then infeasible ones by violation; then failed ones. Ties keep their order.
std::vector<size_t> OrderByFitness(std::span<const Fitness> all);

}  // namespace mcunas
