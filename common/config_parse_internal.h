// Config text to tree. Private to common.
#pragma once

#include <string_view>

#include "common/config_diagnostic_internal.h"
#include "common/config_node_internal.h"

namespace mcunas {

// Text to tree. Reports syntax errors, duplicate keys, anchors, tags, merge keys, further
// documents. False if the tree is not usable.
bool ParseConfigTree(std::string_view text, int source, ConfigNode* root, DiagnosticSink* sink);

}  // namespace mcunas
