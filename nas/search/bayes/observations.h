// Observations: what became of the networks that were proposed.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/random.h"
#include "nas/space/architecture.h"

namespace mcunas {

struct Observation {
  Architecture architecture;
  double gain = 0;            // Goals::GainOf
  std::vector<double> costs;  // Goals::CostsOf; empty where the network is not usable
  bool usable = true;         // false: its gain teaches the model, the network itself is of no use
};

// Architectures around which one looks for better ones: with one goal the best `most`, best first;
// with more, up to `most` of the front in random order. Only usable ones.
std::vector<Architecture> Elite(std::span<const Observation> observations, bool single_goal,
                                size_t most, RandomStream* random);

}  // namespace mcunas
