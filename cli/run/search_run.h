// One search from its run folder to its report; the same function starts it and resumes it.
#pragma once

#include <string>

#include "cli/run/experiment.h"
#include "common/expected.h"
#include "common/stop.h"

namespace mcunas {

struct SearchRun {
  ExperimentConfig config;
  std::string folder;
  bool train_only = false;  // stop when the supernet is trained
};

// Trains, searches, ranks and reports. Every step takes up where a killed process left it. Prints
// the result table. Pre-conditions: CheckAhead found nothing, and the caller holds the folder's
// lock. Errors: kUnavailable (an agent went away), kInterrupted (state saved), of data and files.
Expected<void> ExecuteSearchRun(const SearchRun& run, const StopToken& stop);

}  // namespace mcunas
