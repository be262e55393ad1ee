// Whether the search ranked rightly: scores with inherited weights against those of the finalists'
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nas/report/report_input.h"

namespace mcunas {

struct InheritedRank {
  double tau = 0;        // Kendall's tau-b
  int64_t networks = 0;  // with both scores, at least 3
};

// Held-out score in the search against held-out float score of the weights that became int8. None
// where a tau does not exist. In a race the better ones have trained longer, which favours them.
std::optional<InheritedRank> RankOfInherited(const ReportInput& input);

// A line for people, with its line end; empty without a tau.
std::string FormatInheritedRank(const ReportInput& input);

}  // namespace mcunas
