// CandidatePool: the architectures among which the next proposals are chosen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "common/random.h"
#include "nas/search/candidate_costs.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"

namespace mcunas {

struct PoolCandidate {
  Architecture architecture;
  std::vector<uint8_t> genes;
  KnownCosts costs;
  int64_t named = 0;  // generation in which it was last added or asked for
};

// Holds architectures within the limits that nobody proposed yet, each once, oldest first. Works in
// generations; between two of them whoever was not asked for longest leaves when there are more
// than `capacity`. Borrows the costs.
class CandidatePool {
 public:
  CandidatePool(const SpaceConfig& space, CandidateCosts& costs, size_t capacity)
      : space_(space), costs_(costs), capacity_(capacity) {}

  // False for what is not new, and for what breaks a limit.
  bool Add(const Architecture& architecture);
  // Up to `wanted` new ones: samples of the space and, where few of these keep the limits, mutants
  // of those that do, or of the one that comes closest. Fewer after kTries * wanted tries.
  void AddRandom(size_t wanted, RandomStream* random);
  // Up to `wanted` new ones among the neighbours of `centres`, in random order, every centre in
  // turn.
  void AddNeighbours(std::span<const Architecture> centres, size_t wanted, RandomStream* random);
  // Never to be added, or to leave with the next generation: it was proposed.
  void Exclude(const Architecture& architecture);

  // Ends a generation: proposed ones leave, and whoever is too many. Returns the former positions
  // of those that stay, ascending.
  std::vector<int64_t> EndGeneration();

  const std::vector<PoolCandidate>& candidates() const { return candidates_; }
  // A mutant of the network that breaks the limits least, of all that were looked at; a sample
  // before any was.
  Architecture NearTheLimits(RandomStream* random) const;

  static constexpr size_t kTries = 8;

 private:
  Architecture Guess(size_t tries, size_t found, RandomStream* random) const;

  struct Outside {
    Architecture architecture;
    double violation = 0;
  };

  SpaceConfig space_;
  CandidateCosts& costs_;
  size_t capacity_;
  int64_t generation_ = 0;
  std::vector<PoolCandidate> candidates_;
  std::map<std::vector<uint8_t>, size_t> positions_;
  std::set<std::vector<uint8_t>> proposed_;
  std::vector<Architecture> feasible_proposed_;
  std::optional<Outside> closest_;
};

}  // namespace mcunas
