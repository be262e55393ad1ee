#include "supernet/internal/sandwich.h"

#include <algorithm>
#include <utility>

#include "common/random.h"
#include "nas/space/enumerate.h"
#include "nas/space/variation.h"

namespace mcunas {

Sandwich::Sandwich(SandwichOptions options) : options_(std::move(options)) {}

std::vector<Architecture> Sandwich::Of(int64_t step) const {
  const SupernetConfig& config = options_.config;
  std::vector<Architecture> chosen = {Largest(*options_.space)};
  if (step / options_.steps_per_epoch < config.warmup_epochs) return chosen;
  const auto add = [&](Architecture architecture) {
    const bool there = std::find(chosen.begin(), chosen.end(), architecture) != chosen.end();
    if (!there) chosen.push_back(std::move(architecture));
  };
  add(Smallest(*options_.space));
  RandomStream random(options_.seed, "sandwich", options_.scope + std::to_string(step));
  for (int64_t i = 0; i < config.sandwich_random; ++i) add(Sample(*options_.space, &random));
  return chosen;
}

}  // namespace mcunas
