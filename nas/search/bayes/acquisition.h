// Acquisition: how much a candidate of the pool promises, given what is known and what is believed.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "common/random.h"
#include "nas/search/bayes/candidate_pool.h"
#include "nas/search/bayes/goals.h"
#include "nas/search/bayes/hypervolume_improvement.h"
#include "nas/search/bayes/observations.h"
#include "nas/search/bayes/score_model.h"

namespace mcunas {

class Acquisition {
 public:
  // What there is to improve: the best gain, or the hypervolume of the usable observations. Gains
  // are on the scale of the model, the worst one observed is the corner of the volume.
  void Aim(const Goals& goals, const ScoreModel& model, std::span<const Observation> observations,
           std::span<const PoolCandidate> pool, RandomStream* random);

  // Expected improvement by a candidate (its position in the pool) of normally distributed gain.
  double Of(size_t candidate, double mean, double deviation) const;
  // From now on that is its gain.
  void Believe(size_t candidate, double gain);

 private:
  bool single_ = true;
  double best_ = 0;
  HypervolumeImprovement volume_{0};
  std::vector<std::array<double, 2>> costs_;  // of the pool, scaled
};

}  // namespace mcunas
