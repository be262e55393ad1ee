// The resolved config as YAML.
#pragma once

#include <string>

#include "common/config.h"

namespace mcunas {

// The resolved config as YAML: every field with its value, in declaration order. Reading it back
// gives the same struct.
std::string DumpConfig(const DescribeFn& describe);

}  // namespace mcunas
