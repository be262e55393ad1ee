// What an experiment needs beside its file, looked at before anything is started.
#pragma once

#include <vector>

#include "cli/run/experiment.h"
#include "common/expected.h"

namespace mcunas {

// Everything that would end the run sooner or later and can be known now: missing data files
// (kNotFound), networks of search.start that are not there or not of the
// space, limits that no network keeps (kInfeasible), and where boards measure, an agent that
// is away (kUnavailable) or a board that none of them has (kNotFound). In this order; empty: all is
// there. LibTorch is not looked at (CheckSupernetLibrary). Cost: that of CheckFeasible, and a
// request to each agent.
std::vector<Error> ProblemsAhead(const ExperimentConfig& config);

// All of them as one error, with the code of the first, and the supernet's library before them.
Expected<void> CheckAhead(const ExperimentConfig& config);

}  // namespace mcunas
