// SearchStrategy: proposes architectures and learns from what became of them.
//
// Every proposal draws from its own named random stream (seed, "ask", number of the proposal), so a
// replay of the same conversation gives the same proposals.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/search/config.h"
#include "nas/space/search_space.h"

namespace mcunas {

class SearchStrategy {
 public:
  virtual ~SearchStrategy() = default;
  // How many candidates to ask for and evaluate before telling; at least 1.
  virtual int batch() const = 0;
  // `n` architectures of the space. May repeat itself; the caller discards what it has seen.
  virtual std::vector<Architecture> Ask(int n) = 0;
  // What became of candidates; those of a known index are replaced (a latency was measured, a
  // prediction improved). Usable candidates have a number for every objective.
  virtual void Tell(std::span<const CandidateRecord> records) = 0;
};

// NSGA-II (Deb et al. 2002): binary tournaments by front and crowding, crossover, mutation; the
// parents are the best `population` candidates known.
std::unique_ptr<SearchStrategy> MakeNsga2(const SpaceConfig& space, const SearchConfig& config);
// Regularised evolution (Real et al. 2019): mutants of tournament winners; the oldest die. One
// goal: accuracy within the limits, or the first objective where accuracy is none.
std::unique_ptr<SearchStrategy> MakeAging(const SpaceConfig& space, const SearchConfig& config);
std::unique_ptr<SearchStrategy> MakeRandomSearch(const SpaceConfig& space,
                                                 const SearchConfig& config);

// By config.algorithm.
std::unique_ptr<SearchStrategy> MakeStrategy(const SpaceConfig& space, const SearchConfig& config);

}  // namespace mcunas
