// Which candidates of a finished search are worth a person's time.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/evaluate/task.h"
#include "nas/search/config.h"

namespace mcunas {

// Positions of the non-dominated candidates within the limits, best score first.
std::vector<size_t> ParetoFront(std::span<const CandidateRecord> history,
                                const SearchConfig& config, const Score& score);

// Up to k positions for the final ranking, as config.finalists says (config.h). No candidate that
// failed, none twice.
std::vector<size_t> ChooseBest(std::span<const CandidateRecord> history, const SearchConfig& config,
                               const Score& score, size_t k);

}  // namespace mcunas
