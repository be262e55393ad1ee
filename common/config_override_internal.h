// Overrides of the command line. Private to common.
#pragma once

#include <string>

#include "common/config_diagnostic_internal.h"
#include "common/config_node_internal.h"

namespace mcunas {

// Applies "a.b=value" number `index` of the overrides to the tree.
void ApplyOverride(const std::string& text, int index, ConfigNode* root, DiagnosticSink* sink);

}  // namespace mcunas
