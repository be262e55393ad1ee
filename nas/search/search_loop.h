// The search: rounds of ask, check, evaluate, tell; the best of each round go to the board and
// teach the latency model.
//
// Cheap checks first: hash, memory and limits, supernet accuracy, predicted latency, board.
// Given the results that the study holds, everything here is a pure function of the setup: a search
// that was killed starts over, recalls, and continues to the same history.
#pragma once

#include <string>
#include <vector>

#include "common/stop.h"
#include "memory_model/planner/plan_choice.h"
#include "nas/evaluate/ports.h"
#include "nas/evaluate/study.h"
#include "nas/evaluate/target_limits.h"
#include "nas/evaluate/task.h"
#include "nas/search/config.h"
#include "nas/space/architecture.h"
#include "nas/space/space_config.h"

namespace mcunas {

class LatencyModel;  // nas/evaluate/latency_model.h

struct SearchSetup {
  SpaceConfig space;
  Task task;
  SearchConfig search;
  // The hypervolume's reference. The evaluator of `ports` enforces those of memory, the search itself
  // that of latency.
  TargetLimits limits;
  int top_k = 10;                   // size of SearchResult::best
  PlanConfig plan;                  // how the evaluator of `ports` plans; a study belongs to one
  std::vector<Architecture> start;  // of the space; evaluated before everything else
};

// Borrowed; must outlive RunSearch.
struct SearchPorts {
  ScoreEvaluator* score = nullptr;
  const MemoryEvaluator* memory = nullptr;
  LatencyModel* latency =
      nullptr;  // nullptr: no predictions; latency_ms is then no objective and no limit
  FinalistEvaluator* finalists = nullptr;  // nullptr: nothing is measured
  Study* study = nullptr;
};

struct SearchResult {
  std::vector<CandidateRecord> history;  // by index
  std::vector<RoundRecord> rounds;
  std::vector<size_t> front;  // indices of the non-dominated candidates, best score first
  // Up to top_k for the final ranking: as search.finalists says, starters among them (result.h).
  std::vector<size_t> best;
  // "400 networks evaluated", "space exhausted after 144 distinct networks".
  std::string end_reason;
};

// Errors: kUsage for a study of another configuration, or an objective or a limit that nobody computes;
// kInfeasible where no candidate within the limits was found; kInterrupted when `stop` strikes;
// what the ports and the study refuse. Whatever was evaluated before is in the study.
Expected<SearchResult> RunSearch(const SearchSetup& setup, const SearchPorts& ports,
                                 const StopToken& stop);

}  // namespace mcunas
