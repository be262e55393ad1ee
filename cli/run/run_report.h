// From the end of a search to what a person reads: table, pareto.csv, result.json, report.html.
#pragma once

#include <vector>

#include "cli/run/search_run.h"
#include "common/expected.h"
#include "nas/evaluate/baseline_network.h"
#include "nas/evaluate/final_network.h"
#include "nas/evaluate/search_work.h"
#include "nas/search/search_loop.h"

namespace mcunas {

struct RunOutcome {
  const SearchRun& run;
  TargetLimits limits;
  Score score;  // of the task
  const SearchResult& search;
  const std::vector<FinalNetwork>& networks;  // winner first
  const std::vector<BaselineNetwork>& baselines;
  SearchWork work;
};

// Writes the files into the run folder and prints the table with the next commands.
Expected<void> WriteRunReport(const RunOutcome& outcome);

}  // namespace mcunas
