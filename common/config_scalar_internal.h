// Scalars of a config: read and written. Private to common.
#pragma once

#include <string>

#include "common/config.h"
#include "common/config_node_internal.h"

namespace mcunas {

// What a scalar means. Empty: all well; otherwise what is wrong with it, for a person.
std::string ParseIntegerText(const ConfigNode& node, int64_t* value);
std::string ParseRealText(const ConfigNode& node, double* value);
std::string ParseBooleanText(const ConfigNode& node, bool* value);
std::string ParseDurationText(const ConfigNode& node, double* seconds);
// Replaces ${NAME}; "$${" stands for a plain "${". `offset` receives where in `node.text` it
// failed.
std::string ExpandVariables(const std::string& text, std::string* expanded, size_t* offset);

// Shortest text that reads back as the same number: "0.1", "1e+30", "4".
std::string NumberText(double value);
// "32" or "[96, 128]".
std::string ResolutionValue(const Resolution& resolution);
// "1 to 100", "at least 0", "at most 8"; limits of the number type itself are not worth naming.
std::string RangeText(const Range& range, const std::string& unit);

}  // namespace mcunas
