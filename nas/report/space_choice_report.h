// A choice of search space as text, JSON and picture. Pure functions.
#pragma once

#include <string>

#include "nas/evaluate/space_choice.h"

namespace mcunas {

// The best spaces first, at most `rows` of them (0: all), then the choice.
std::string FormatSpaceTable(const SpaceChoice& choice, size_t rows);

// {"samples", "competing", "chosen": {"width", "resolution"}, "spaces": [{"width", "resolution",
// "rank", "fitting", "share", "mean_macs", "macs_quantiles": {"0": ..., "5": ..., "100": ...},
// "refused": {"macs", "flash", "sram"}}]}; spaces in the order of the grid, ranks from 1.
std::string SpaceChoiceJson(const SpaceChoice& choice);

// A whole SVG file: the distribution function of the MACs of every competing space, the best drawn
// strongly.
std::string SpaceChoiceSvg(const SpaceChoice& choice);

}  // namespace mcunas
