// CandidateSource: from a strategy's proposals to new, distinct, feasible candidates.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "nas/evaluate/ports.h"
#include "nas/search/strategy.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "network/network.h"

namespace mcunas {

// A candidate with its network. Infeasible candidates carry no other numbers than memory and MACs.
struct Draw {
  CandidateRecord record;
  Network network;
};

// Lowers, hashes, discards what was seen before, checks memory. Infeasible candidates are told to
// the strategy at once, so that the proposals move towards the limits. Starters (starters.h) come
// before anything that the strategy proposes. Borrows strategy and memory.
class CandidateSource {
 public:
  CandidateSource(const SpaceConfig& space, const TaskShape& task, uint64_t seed,
                  SearchStrategy& strategy, const MemoryEvaluator& memory,
                  std::vector<Architecture> starters = {});

  // Up to `wanted` feasible candidates and every infeasible one met on the way, indices in order of
  // drawing. Fewer than wanted: after kDrawsPerCandidate * wanted new networks, or when no new
  // network is left.
  std::vector<Draw> Next(int wanted, int round);

  // Every network of the space has been drawn.
  bool exhausted() const { return exhausted_; }
  int64_t distinct() const { return static_cast<int64_t>(seen_.size()); }

  static constexpr int kDrawsPerCandidate = 25;

 private:
  // Appends the networks among the proposals that were never seen.
  void Admit(std::span<const Architecture> proposals, int round, std::vector<Draw>* fresh);
  // One batch of new networks: starters, else from the strategy, else at random, else from the list
  // of all.
  std::vector<Draw> Fresh(int wanted, int round);
  // Unseen networks from the list of all; notices the end of a small space.
  void SweepSpace(int wanted, int round, std::vector<Draw>* fresh);

  SpaceConfig space_;
  TaskShape task_;
  uint64_t seed_;
  SearchStrategy& strategy_;
  const MemoryEvaluator& memory_;
  std::vector<Architecture> starters_;  // that are still to come
  std::set<Hash128> seen_;
  int64_t sampled_ = 0;  // random draws so far: names their streams
  bool exhausted_ = false;
};

}  // namespace mcunas
