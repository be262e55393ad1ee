// Baselines on the way of the finalists: trained, quantised, judged, tested. Not measured on
// boards.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/baseline_network.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// One result per baseline, in order; artefacts go to baselines/<start>/<hash>/ of the run folder,
// start being "alone" or "inherited". Results are kept in the study, kind
// "baseline/<recipe>": what two baselines have in common is trained and judged once.
// Errors: kInterrupted, or what the file system, the tools and the ports refuse. Cost: one training
// and two passes over data in generated code for each.
Expected<std::vector<BaselineNetwork>> EvaluateBaselines(const FinalistOptions& options,
                                                         const FinalistPorts& ports,
                                                         std::span<const Baseline> baselines,
                                                         const StopToken& stop);

}  // namespace mcunas
