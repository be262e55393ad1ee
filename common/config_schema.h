// JSON Schema of a config, for editors and other tools.
#pragma once

#include <string>

#include "common/config.h"

namespace mcunas {

// JSON Schema (draft 2020-12) with types, ranges, enums, defaults and descriptions.
std::string ConfigSchema(const DescribeFn& describe, const std::string& title);

}  // namespace mcunas
