// Sandwich: which networks each step of a training trains (Yu et al., "BigNAS", ECCV 2020).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/hash.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "supernet/config.h"
#include "supernet/network_limits.h"

namespace mcunas {

class RandomStream;  // common/random.h

struct SandwichOptions {
  const SpaceConfig* space = nullptr;  // borrowed
  TaskShape shape;
  SupernetConfig config;
  int64_t steps_per_epoch = 1;
  uint64_t seed = 0;
  std::string scope;  // names this training's random streams
  NetworkLimits limits;
};

// Of a step: the largest network first, after the warm-up also the smallest and random ones; no
// architecture twice. A function of seed, scope, step and limits. Thread rule: any thread.
class Sandwich {
 public:
  explicit Sandwich(SandwichOptions options);

  // What a step begins with: of the space, or within the limits where somebody named it.
  Architecture Top() const;
  // Cost: where `sample` is feasible, a question about the limits for every network never drawn
  // before.
  std::vector<Architecture> Of(int64_t step) const;

 private:
  Architecture Draw(RandomStream* random) const;
  double MacsOf(const Architecture& architecture) const;
  bool Fits(const Architecture& architecture) const;

  SandwichOptions options_;
  mutable std::mutex mutex_;
  mutable std::map<Hash128, bool> fits_;  // what is known already, by genotype
};

}  // namespace mcunas
