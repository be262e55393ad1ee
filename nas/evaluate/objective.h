// What a search trades off.
#pragma once

#include <map>
#include <string>

#include "common/named.h"

namespace mcunas {

enum class Direction { kMax, kMin };
inline constexpr Named<Direction> kDirections[] = {{Direction::kMax, "max"},
                                                   {Direction::kMin, "min"}};

using Objectives = std::map<std::string, Direction>;  // by name of the metric

}  // namespace mcunas
