// The end of a search: the best networks, fine-tuned, quantised, measured once more, ranked,
// tested.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/final_network.h"
#include "nas/finalists/finalist_setup.h"

namespace mcunas {

// Trains the candidates (race.h), prepares every one (int8, C, ELF, measurement), ranks by the
// score of the int8 code on the held-out split (what cannot be told apart goes to the cheaper one,
// tie_rule.h), and only then
// runs the test set once for each. Results are kept in the study, kind "final/<recipe>": a network that is
// done is not done again after a kill. The winner comes first. Errors: kInterrupted, or what the
// file system, the tools and the ports refuse. Cost: one fine-tuning and two passes over data in
// generated code per candidate.
Expected<std::vector<FinalNetwork>> RankFinalNetworks(const FinalistOptions& options,
                                                      const FinalistPorts& ports,
                                                      std::span<const CandidateRecord> candidates,
                                                      const StopToken& stop);

}  // namespace mcunas
