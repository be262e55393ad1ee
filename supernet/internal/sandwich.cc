#include "supernet/internal/sandwich.h"

#include <algorithm>
#include <utility>

#include "common/random.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/variation.h"
#include "network/network.h"
#include "network/operator_counts.h"

namespace mcunas {

namespace {

// Of draws that a random network may take to keep the limits; the last one is taken as it is. Where
// one network in twenty fits, 26 of 27 find one.
constexpr int kDraws = 64;

constexpr int64_t kMostFilling = 16;  // draws of a step that fills up with work

}  // namespace

Sandwich::Sandwich(SandwichOptions options) : options_(std::move(options)) {}

Architecture Sandwich::Top() const {
  const bool limited = options_.config.sandwich_top == SandwichTop::kLimits;
  if (limited && options_.limits.largest) return *options_.limits.largest;
  return Largest(*options_.space);
}

double Sandwich::MacsOf(const Architecture& architecture) const {
  return static_cast<double>(
      NetworkMacs(Lower(*options_.space, options_.shape, architecture)).value);
}

bool Sandwich::Fits(const Architecture& architecture) const {
  const bool asks = options_.config.sample == NetworkSample::kFeasible;
  if (!asks || !options_.limits.fits) return true;
  const std::lock_guard lock(mutex_);
  const Hash128 genotype = HashBytes(ArchitectureToJson(architecture));
  const auto [known, is_new] = fits_.try_emplace(genotype, false);
  if (is_new) known->second = options_.limits.fits(architecture);
  return known->second;
}

Architecture Sandwich::Draw(RandomStream* random) const {
  Architecture drawn = Sample(*options_.space, random);
  for (int draws = 1; draws < kDraws && !Fits(drawn); ++draws)
    drawn = Sample(*options_.space, random);
  return drawn;
}

std::vector<Architecture> Sandwich::Of(int64_t step) const {
  const SupernetConfig& config = options_.config;
  std::vector<Architecture> chosen = {Top()};
  if (step / options_.steps_per_epoch < config.warmup_epochs) return chosen;
  const auto add = [&](Architecture architecture) {
    const bool there = std::find(chosen.begin(), chosen.end(), architecture) != chosen.end();
    if (!there) chosen.push_back(std::move(architecture));
  };
  add(Smallest(*options_.space));
  RandomStream random(options_.seed, "sandwich", options_.scope + std::to_string(step));
  double left = config.sandwich_fill == SandwichFill::kWork ? MacsOf(chosen.front()) : 0;
  for (int64_t i = 0; i < config.sandwich_random || (left > 0 && i < kMostFilling); ++i) {
    const size_t before = chosen.size();
    add(Draw(&random));
    if (left > 0 && chosen.size() > before) left -= MacsOf(chosen.back());
  }
  return chosen;
}

}  // namespace mcunas
