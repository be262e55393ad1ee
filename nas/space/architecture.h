// Architecture: the genotype, one point of a search space.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"

namespace mcunas {

struct BlockChoice {
  int kernel = 3;     // of the depthwise convolution
  int expansion = 4;  // hidden channels / input channels

  auto operator<=>(const BlockChoice&) const = default;
};

// Blocks beyond a stage's depth are not stored: equal networks have equal genotypes.
struct Architecture {
  int resolution = 32;                           // input height and width
  double width = 1.0;                            // multiplier of all channel counts
  std::vector<std::vector<BlockChoice>> stages;  // stages[s].size() = depth of stage s

  bool operator==(const Architecture&) const = default;
};

// Canonical JSON; parsing the text back gives an equal value.
std::string ArchitectureToJson(const Architecture& architecture);
Expected<Architecture> ArchitectureFromJson(std::string_view text);

}  // namespace mcunas
