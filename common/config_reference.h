// The reference page of a config.
#pragma once

#include <string>

#include "common/config.h"

namespace mcunas {

// Markdown table: key, type, default, range, unit, help.
std::string ConfigReference(const DescribeFn& describe, const std::string& title);

}  // namespace mcunas
