#include "common/config_node_internal.h"

#include <algorithm>

namespace mcunas {

ConfigNode NodeAt(NodeKind kind, const ConfigPlace& place) {
  ConfigNode node;
  node.kind = kind;
  node.place = place;
  return node;
}

ConfigEntry* ConfigNode::Find(std::string_view key) {
  const auto hit = std::find_if(entries.begin(), entries.end(),
                                [&](const ConfigEntry& entry) { return entry.key == key; });
  return hit == entries.end() ? nullptr : &*hit;
}

}  // namespace mcunas
