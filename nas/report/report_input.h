// ReportInput: what a search found, as every writer of this room takes it.
//
// Plain values in, strings out. Nothing is measured or decided here: which candidates are on the
// front, who won and what failed comes from the caller. Numbers keep their unit and source wherever
// they go. Thread rule: pure functions. Cost: O(n log n) in candidates; 100 000 take about a second
// and give a page of less than 4 MB.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/expected.h"
#include "nas/evaluate/baseline_network.h"
#include "nas/evaluate/candidate.h"
#include "nas/evaluate/final_network.h"
#include "nas/evaluate/objective.h"
#include "nas/evaluate/search_work.h"
#include "nas/evaluate/study.h"
#include "nas/evaluate/target_limits.h"
#include "nas/evaluate/task.h"

namespace mcunas {

struct ReportInput {
  std::string run_name;
  std::string board;                     // profile name of the target
  std::vector<std::string> measured_on;  // boards of the bench that ran networks
  Score score;                           // of the task, as its candidates carry it
  TargetLimits limits;                   // 0 = none
  Objectives objectives;
  int64_t seed = 0;
  std::string config_text;                      // config.resolved.yaml
  std::string environment_text;                 // environment.json: versions and machine
  std::span<const CandidateRecord> candidates;  // the whole history, in the order of asking
  std::span<const size_t> front;          // positions of the non-dominated ones in `candidates`
  std::span<const FinalNetwork> ranking;  // best first; the winner leads unless it failed
  std::span<const BaselineNetwork> baselines;  // tested like the ranking; empty: none were wanted
  SearchWork work;                             // what the search cost
  std::span<const RoundRecord> rounds;         // in order; NaN where a number does not exist
  std::vector<std::string> next_commands;      // to type now, one per line
};

// The winner: the first of the ranking if it did not fail, else nullptr.
const FinalNetwork* Winner(const ReportInput& input);

// What the writers of files refuse, kCorrupt with the candidate's hash and the metric's name: a
// metric that is NaN or infinite, a front position that is no candidate, a memory table of another
// network.
Expected<void> CheckReportInput(const ReportInput& input);

}  // namespace mcunas
