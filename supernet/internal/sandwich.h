// Sandwich: which networks each step of a training trains (Yu et al., "BigNAS", ECCV 2020).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "supernet/config.h"

namespace mcunas {

struct SandwichOptions {
  const SpaceConfig* space = nullptr;  // borrowed
  SupernetConfig config;
  int64_t steps_per_epoch = 1;
  uint64_t seed = 0;
  std::string scope;  // names this training's random streams
};

// Of a step: the largest network first, after the warm-up also the smallest and random ones; no
// architecture twice. A function of seed, scope and step.
class Sandwich {
 public:
  explicit Sandwich(SandwichOptions options);

  std::vector<Architecture> Of(int64_t step) const;

 private:
  SandwichOptions options_;
};

}  // namespace mcunas
