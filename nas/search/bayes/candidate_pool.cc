#include "nas/search/bayes/candidate_pool.h"

#include <algorithm>

#include "nas/space/genes.h"
#include "nas/space/variation.h"

namespace mcunas {
namespace {

// A mutant changes a tenth of the genes, at least one.
constexpr double kMutation = 0.1;
// Below one hit in so many tries, samples are too rarely within the limits.
constexpr size_t kRare = 4;

}  // namespace

bool CandidatePool::Add(const Architecture& architecture) {
  std::vector<uint8_t> genes = GeneLevels(space_, architecture);
  if (proposed_.count(genes) > 0) return false;
  const auto held = positions_.find(genes);
  if (held != positions_.end()) {
    candidates_[held->second].named = generation_;
    return false;
  }
  const KnownCosts& costs = costs_.Of(architecture);
  if (!costs.feasible) {
    if (!closest_ || costs.violation < closest_->violation) {
      closest_ = {architecture, costs.violation};
    }
    return false;
  }
  positions_[genes] = candidates_.size();
  candidates_.push_back({architecture, std::move(genes), costs, generation_});
  return true;
}

Architecture CandidatePool::NearTheLimits(RandomStream* random) const {
  if (!closest_) return Sample(space_, random);
  return Mutate(space_, closest_->architecture, kMutation, random);
}

Architecture CandidatePool::Guess(size_t tries, size_t found, RandomStream* random) const {
  const bool rare = found * kRare < tries && tries >= kRare;
  if (!rare || tries % 2 == 0) return Sample(space_, random);
  if (!candidates_.empty()) {
    return Mutate(space_, random->Pick(candidates_).architecture, kMutation, random);
  }
  if (!feasible_proposed_.empty()) {
    return Mutate(space_, random->Pick(feasible_proposed_), kMutation, random);
  }
  return NearTheLimits(random);
}

void CandidatePool::AddRandom(size_t wanted, RandomStream* random) {
  size_t found = 0;
  for (size_t tries = 0; tries < kTries * wanted && found < wanted; ++tries) {
    found += Add(Guess(tries, found, random));
  }
}

void CandidatePool::AddNeighbours(std::span<const Architecture> centres, size_t wanted,
                                  RandomStream* random) {
  std::vector<std::vector<Architecture>> around;
  size_t most = 0;
  for (const Architecture& centre : centres) {
    around.push_back(Neighbours(space_, centre));
    random->Shuffle(&around.back());
    most = std::max(most, around.back().size());
  }
  size_t found = 0;
  for (size_t turn = 0; turn < most; ++turn) {
    for (const std::vector<Architecture>& neighbours : around) {
      if (found >= wanted) return;
      if (turn < neighbours.size()) found += Add(neighbours[turn]);
    }
  }
}

void CandidatePool::Exclude(const Architecture& architecture) {
  if (!proposed_.insert(GeneLevels(space_, architecture)).second) return;
  if (costs_.Of(architecture).feasible) feasible_proposed_.push_back(architecture);
}

std::vector<int64_t> CandidatePool::EndGeneration() {
  std::vector<int64_t> kept;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    PoolCandidate& candidate = candidates_[i];
    if (proposed_.count(candidate.genes) > 0) continue;
    candidate.costs = costs_.Of(candidate.architecture);  // better predictions move a limit
    if (candidate.costs.feasible) kept.push_back(static_cast<int64_t>(i));
  }
  const auto named = [&](int64_t i) { return candidates_[static_cast<size_t>(i)].named; };
  if (kept.size() > capacity_) {
    std::stable_sort(kept.begin(), kept.end(),
                     [&](int64_t a, int64_t b) { return named(a) > named(b); });
    kept.resize(capacity_);
    std::sort(kept.begin(), kept.end());
  }
  std::vector<PoolCandidate> left;
  positions_.clear();
  for (const int64_t i : kept) {
    positions_[candidates_[static_cast<size_t>(i)].genes] = left.size();
    left.push_back(std::move(candidates_[static_cast<size_t>(i)]));
  }
  candidates_ = std::move(left);
  ++generation_;
  return kept;
}

}  // namespace mcunas
