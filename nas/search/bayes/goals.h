// Goals: the objectives of a search as Bayesian optimisation sees them: one gain that only
// evaluation shows, and costs that are known ahead.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/random.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/task.h"
#include "nas/search/candidate_costs.h"
#include "nas/search/config.h"

namespace mcunas {

class Goals {
 public:
  // The gain is the score of the task, or the first objective where that is none.
  Goals(const Objectives& objectives, const Score& score);

  bool single() const { return costs_.empty(); }
  // Larger is better. Nothing for a candidate that was not evaluated.
  std::optional<double> GainOf(const CandidateRecord& record) const;
  // Smaller is better, in the order of the objectives' names.
  std::vector<double> CostsOf(const CandidateRecord& record) const;
  std::vector<double> CostsOf(const KnownCosts& known) const;

 private:
  struct Goal {
    std::string name;
    double sign = 1;
  };
  Goal gain_;
  std::vector<Goal> costs_;
};

// Brings costs to two in [0, 1]. The range of each ends a little beyond the largest seen, so that
// the dearest network, which may be the best one, has a share of the volume too. One cost: the
// second is 0. More than two (Knowles 2006, ParEGO): all but the first are weighed by chance.
class CostScale {
 public:
  CostScale(const std::vector<std::vector<double>>& seen, RandomStream* random);

  std::array<double, 2> Scaled(const std::vector<double>& costs) const;

 private:
  std::vector<double> least_, range_, weights_;
};

}  // namespace mcunas
