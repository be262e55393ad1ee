// SearchStrategy: proposes architectures and learns from what became of them.
//
// Every proposal draws from its own named random stream (seed, "ask", number of the proposal), so a
// replay of the same conversation gives the same proposals.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/evaluate/task.h"
#include "nas/search/candidate_costs.h"
#include "nas/search/config.h"
#include "nas/space/architecture.h"

namespace mcunas {

struct SpaceConfig;  // nas/space/space_config.h

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

// Of the table in strategy.cc, in its order.
std::vector<std::string> StrategyNames();

// The keys of `search:` that belong to strategies, each once.
void DescribeStrategyOptions(ConfigVisitor& visitor, SearchConfig& config);

// What a strategy is made from. It copies the values and borrows the costs, which it may ask about
// any architecture of the space at any time.
struct StrategySetup {
  SpaceConfig space;
  SearchConfig config;
  Score score;  // of the task; what a strategy with one goal pursues
  CandidateCosts& costs;
};

// By config.algorithm. Pre-condition: one of StrategyNames, as the config reader sees to.
std::unique_ptr<SearchStrategy> MakeStrategy(const StrategySetup& setup);

}  // namespace mcunas
