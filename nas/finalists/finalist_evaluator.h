// The search's FinalistEvaluator: every finalist of a round on the way to the boards.
#pragma once

#include <memory>

#include "nas/evaluate/ports.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// Inherited weights, int8 score on a part of the held-out split, latency and stack from the boards.
// Agents that are away delay the call. Errors: kInterrupted, or what the file system, the tools and
// the ports refuse. Copies the options, borrows the ports.
std::unique_ptr<FinalistEvaluator> MakeFinalistEvaluator(const FinalistOptions& options,
                                                         const FinalistPorts& ports);

}  // namespace mcunas
