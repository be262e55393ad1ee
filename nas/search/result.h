// Which candidates of a finished search are worth a person's time.
#pragma once

#include <span>
#include <vector>

#include "nas/evaluate/candidate.h"
#include "nas/search/config.h"

namespace mcunas {

// Positions of the non-dominated candidates within the limits, most accurate first.
std::vector<size_t> ParetoFront(std::span<const CandidateRecord> history,
                                const SearchConfig& config);

// Up to k positions for the final ranking: the most accurate half comes from the front by accuracy,
// the rest by front and isolation. No candidate that failed, none twice.
std::vector<size_t> ChooseBest(std::span<const CandidateRecord> history, const SearchConfig& config,
                               size_t k);

}  // namespace mcunas
