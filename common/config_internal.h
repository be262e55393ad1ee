// The parts of the config reader: text -> lint -> tree -> overrides -> visitor. Private to common.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"

namespace mcunas {

constexpr size_t kMaxConfigBytes = 256 * 1024;
constexpr size_t kMaxDiagnostics = 100;  // more help nobody

// A place in one of the texts: line from 1, column in bytes from 1. Source 0 is the file, source
// i + 1 is override i.
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

// Collects problems with their places; turns them into diagnostics in reading order.
class DiagnosticSink {
 public:
  explicit DiagnosticSink(const ConfigSource& source);

  void Add(const ConfigPlace& place, const std::string& key_path, const std::string& message,
           const std::string& suggestion = "");
  // Like Add, for a broken line: whatever else is said about this line is only a consequence.
  void AddBrokenLine(const ConfigPlace& place, const std::string& message,
                     const std::string& suggestion = "");
  // Everything told so far, also what was not worth keeping.
  size_t count() const { return count_; }
  // True once further suggestions would not be shown anyway.
  bool full() const { return found_.size() >= kMaxDiagnostics; }

  // For every unknown key without a nearest name: says where a key of that name exists.
  void SuggestOtherSections(const std::set<std::string>& known_paths);

  // File order, then overrides; at most kMaxDiagnostics.
  std::vector<ConfigDiagnostic> Take();

 private:
  struct Found {
    ConfigPlace place;
    std::string key_path, message, suggestion;
    bool unknown_key = false;
  };
  ConfigDiagnostic Finish(const Found& found) const;

  std::string file_;
  std::vector<std::vector<std::string>> lines_;  // per source
  std::vector<Found> found_;
  size_t count_ = 0;
  std::set<std::pair<int, int>> broken_;  // source, line
};

// The message of an unknown key: SuggestOtherSections looks for it.
inline constexpr const char* kUnknownKey = "is not a known key";

// "${" and "}" of variables travel through the YAML parser as these two bytes, because YAML reads
// braces inside [..] and {..} as its own.
constexpr char kOpenVariable = '\x01';
constexpr char kCloseVariable = '\x02';

// Reports what YAML parsers pass over in silence: quotes that do not end on their line, tabs,
// control characters, invalid UTF-8, brackets never closed, block text, directives. Returns a text
// with the same lines and columns that can be parsed on in spite of it.
std::string LintConfig(std::string_view text, int source, DiagnosticSink* sink);

// Text to tree. Reports syntax errors, duplicate keys, anchors, tags, merge keys, further
// documents. False if the tree is not usable.
bool ParseConfigTree(std::string_view text, int source, ConfigNode* root, DiagnosticSink* sink);

// Applies "a.b=value" number `index` of the overrides to the tree.
void ApplyOverride(const std::string& text, int index, ConfigNode* root, DiagnosticSink* sink);

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
// "1 to 100", "at least 0", "at most 8"; limits of the number type itself are not worth naming.
std::string RangeText(const Range& range, const std::string& unit);

}  // namespace mcunas
