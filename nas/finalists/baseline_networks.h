// Baselines on the way of the finalists: trained, quantised, judged, tested. Not measured on boards.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/baseline_network.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// One result per baseline, in order; artefacts go to baselines/<kind>/<hash>/ of the run folder.
// Results are kept in the study, kind "baseline/<kind>/<epochs>". Errors: kInterrupted, or what the
// file system, the tools and the ports refuse. Cost: one training and two passes over data in
// generated code for each.
Expected<std::vector<BaselineNetwork>> EvaluateBaselines(const FinalistOptions& options,
                                                         const FinalistPorts& ports,
                                                         std::span<const Baseline> baselines,
                                                         const StopToken& stop);

}  // namespace mcunas
