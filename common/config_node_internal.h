// The tree between YAML and fields. Private to common.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace mcunas {

// A place in one of the texts: line from 1, column in bytes from 1. Source 0 is the file, source
// i + 1 is override i; files that the file names follow.
struct ConfigPlace {
  int source = 0;
  int line = 1;
  int column = 1;

  auto operator<=>(const ConfigPlace&) const = default;
};

enum class NodeKind { kNull, kScalar, kList, kMap };

struct ConfigEntry;

// What YAML says, before anybody knows what it should say. `quoted` tells text "12" from number 12.
struct ConfigNode {
  NodeKind kind = NodeKind::kNull;
  std::string text;
  bool quoted = false;
  ConfigPlace place;
  std::vector<ConfigNode> items;
  std::vector<ConfigEntry> entries;  // in file order; keys are unique

  ConfigEntry* Find(std::string_view key);
};

// A node without content.
ConfigNode NodeAt(NodeKind kind, const ConfigPlace& place);

struct ConfigEntry {
  std::string key;
  ConfigPlace place;  // of the key
  ConfigNode value;
};

}  // namespace mcunas
