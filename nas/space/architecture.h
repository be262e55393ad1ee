// Architecture: the genotype, one point of a search space.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"
#include "common/resolution.h"
#include "nas/space/block_choice.h"

namespace mcunas {

// Blocks beyond a stage's depth are not stored: equal networks have equal genotypes.
struct Architecture {
  Resolution resolution;                         // of the input
  double width = 1.0;                            // multiplier of all channel counts
  std::vector<std::vector<BlockChoice>> stages;  // stages[s].size() = depth of stage s
  // Of every stage at width 1.0 where any stage of the space has several to choose from, else
  // empty; 0 for a stage that has one choice or is left out.
  std::vector<int> channels;

  bool operator==(const Architecture&) const = default;
};

// Canonical JSON; parsing the text back gives an equal value.
std::string ArchitectureToJson(const Architecture& architecture);
Expected<Architecture> ArchitectureFromJson(std::string_view text);

}  // namespace mcunas
