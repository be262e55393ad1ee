// One build on every board of a search.
#pragma once

#include "common/expected.h"
#include "common/stop.h"
#include "nas/evaluate/candidate.h"
#include "nas/finalists/candidate_build.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// Links one image per board of the options, runs them and writes what the boards said into the
// record, raw measurements into the study. Without a boards port: nothing.
Expected<void> MeasureOnBoards(const FinalistOptions& options, const FinalistPorts& ports,
                               const CandidateBuild& build, CandidateRecord* record,
                               const StopToken& stop);

}  // namespace mcunas
