// "a.b=value" from the command line, put into the tree of the file.
#include <charconv>

#include "common/config_lint_internal.h"
#include "common/config_override_internal.h"
#include "common/config_parse_internal.h"
#include "common/config_scalar_internal.h"
#include "common/text.h"

namespace mcunas {
namespace {

// One name of "search.budget.wall", with its column in the override.
struct Step {
  std::string name;
  ConfigPlace place;
};

std::vector<Step> StepsOf(const std::string& path, int source) {
  std::vector<Step> steps;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('.', begin), path.size());
    steps.push_back({path.substr(begin, end - begin), {source, 1, static_cast<int>(begin) + 1}});
    begin = end + 1;
  }
  return steps;
}

// Item "2" of a list, or null.
ConfigNode* ItemOf(ConfigNode* list, const std::string& name) {
  size_t index = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, index);
  const bool good = error == std::errc() && stop == end && index < list->items.size();
  return good ? &list->items[index] : nullptr;
}

// The node behind one step, created if the map has none yet. Null (and reported) if there is no
// way.
ConfigNode* Follow(ConfigNode* node, const Step& step, DiagnosticSink* sink) {
  if (node->kind == NodeKind::kList) {
    ConfigNode* item = ItemOf(node, step.name);
    if (item == nullptr) {
      const size_t size = node->items.size();
      sink->Add(step.place, "", "'" + step.name + "' is not an item of this list",
                "items 0 to " + std::to_string(size == 0 ? 0 : size - 1));
    }
    return item;
  }
  if (node->kind == NodeKind::kScalar) {
    sink->Add(step.place, "", "'" + step.name + "' cannot stand below a single value", "");
    return nullptr;
  }
  if (node->kind == NodeKind::kNull) {
    *node = NodeAt(NodeKind::kMap, step.place);
  }
  if (ConfigEntry* entry = node->Find(step.name)) return &entry->value;
  node->entries.push_back({step.name, step.place, NodeAt(NodeKind::kNull, step.place)});
  return &node->entries.back().value;
}

// The value as YAML. Columns are those of the whole override: the key is blanked out, not cut off.
bool ParseValue(const std::string& text, size_t equals, int source, ConfigNode* value,
                DiagnosticSink* sink) {
  if (text.find('\n') != std::string::npos) {
    sink->Add({source, 1, 1}, "", "an override is one line", "");
    return false;
  }
  const std::string blanked = std::string(equals + 1, ' ') + text.substr(equals + 1);
  const std::string linted = LintConfig(blanked, source, sink);
  *value = NodeAt(NodeKind::kNull, {source, 1, static_cast<int>(equals) + 2});
  return ParseConfigTree(linted, source, value, sink);
}

}  // namespace

void ApplyOverride(const std::string& text, int index, ConfigNode* root, DiagnosticSink* sink) {
  const int source = index + 1;
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    sink->Add({source, 1, 1}, "", "an override must be KEY=VALUE", "e.g. search.population=20");
    return;
  }
  ConfigNode value;
  if (!ParseValue(text, equals, source, &value, sink)) return;
  const std::vector<Step> steps = StepsOf(text.substr(0, equals), source);
  for (const Step& step : steps) {
    if (!step.name.empty()) continue;
    sink->Add(step.place, "", "an empty name in an override", "e.g. search.population=20");
    return;
  }
  ConfigNode* node = root;
  for (const Step& step : steps) {
    node = Follow(node, step, sink);
    if (node == nullptr) return;
  }
  if (value.kind == NodeKind::kNull) value.place = {source, 1, static_cast<int>(equals) + 2};
  *node = std::move(value);
}

}  // namespace mcunas
