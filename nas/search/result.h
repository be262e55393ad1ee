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

// The first half of `best`, then the usable starters (starters.h) in their order, then the rest of
// `best`; at most k positions, none twice. What a search must beat is in the final ranking with it:
// inherited scores favour networks that the supernet trains often, final training does not.
std::vector<size_t> WithStarters(std::span<const CandidateRecord> history,
                                 std::span<const Architecture> starters,
                                 std::span<const size_t> best, size_t k);

}  // namespace mcunas
