// YAML text to a tree with places, by yaml-cpp's event interface: it shows what the node interface
// hides (duplicate keys, quotes, anchors, further documents).
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <memory>
#include <sstream>
#include <unordered_set>

#include "common/config_lint_internal.h"
#include "common/config_parse_internal.h"
#include "common/index.h"

namespace mcunas {
namespace {

// Builds the tree. A node that is not wanted (alias, odd key) still becomes a node, so that the
// events stay in step.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, int source, DiagnosticSink* sink)
      : source_(source), sink_(sink) {
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) lines_.push_back(line);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2)
      Problem(mark, "a second document begins here", "a config is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RejectAnchor(mark, anchor);
    Place(NodeAt(NodeKind::kNull, At(mark)));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Problem(mark, "aliases (*name) are not used in configs", "write the value out");
    Place(NodeAt(NodeKind::kNull, At(mark)), true);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RejectAnchor(mark, anchor);
    const char first = CharacterAt(mark);
    ConfigNode node = NodeAt(NodeKind::kScalar, At(mark));
    node.text = value;
    node.quoted = tag == "!" && first != '!';
    if (!node.quoted) RejectTag(mark, tag);
    if (!node.quoted && tag == "?" && anchor == 0 && !StandsHere(mark, value)) {
      Problem(mark, "the text goes on in the next line", "write it on one line, in quotes");
    }
    for (char& c : node.text) {
      if (node.quoted) break;  // there the same bytes can only be escapes
      if (c == kOpenVariable) c = '{';
      if (c == kCloseVariable) c = '}';
    }
    Place(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(NodeKind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(NodeKind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  ConfigNode TakeRoot() { return std::move(root_); }
  int documents() const { return documents_; }

 private:
  // A container being filled; `key` waits for its value while inside a map.
  struct Level {
    ConfigNode node;
    bool has_key = false;
    std::string key;
    ConfigPlace key_place;
    std::unordered_set<std::string> keys;
    std::string path;
  };

  ConfigPlace At(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1}; }

  char CharacterAt(const YAML::Mark& mark) const {
    const auto line = Index(mark.line);
    const auto column = Index(mark.column);
    return line < lines_.size() && column < lines_[line].size() ? lines_[line][column] : '\0';
  }

  bool StandsHere(const YAML::Mark& mark, const std::string& value) const {
    const auto line = Index(mark.line);
    if (line >= lines_.size()) return value.empty();
    const std::string& text = lines_[line];
    return text.compare(std::min(text.size(), static_cast<size_t>(mark.column)), value.size(),
                        value) == 0;
  }

  std::string Path() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    if (level.node.kind == NodeKind::kList) {
      return level.path + "[" + std::to_string(level.node.items.size()) + "]";
    }
    if (!level.has_key) return level.path;
    return level.path.empty() ? level.key : level.path + "." + level.key;
  }

  void Problem(const YAML::Mark& mark, const std::string& message, const std::string& suggestion) {
    sink_->Add(At(mark), Path(), message, suggestion);
  }

  void RejectAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      Problem(mark, "anchors (&name) are not used in configs",
              "write the value where it is needed");
    }
  }

  void RejectTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?") return;
    Problem(mark, "tags (!name) are not used in configs", "remove it; the field knows its type");
  }

  void Open(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    RejectAnchor(mark, anchor);
    RejectTag(mark, tag);
    Level level;
    level.path = Path();
    level.node.kind = kind;
    level.node.place = At(mark);
    levels_.push_back(std::move(level));
  }

  void Close() {
    ConfigNode node = std::move(levels_.back().node);
    levels_.pop_back();
    Place(std::move(node));
  }

  // Puts a finished node where it belongs: root, list, key or value. `told`: already reported.
  void Place(ConfigNode node, bool told = false) {
    if (levels_.empty()) {
      if (documents_ <= 1) root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == NodeKind::kList) {
      level.node.items.push_back(std::move(node));
    } else if (!level.has_key) {
      TakeKey(&level, node, told);
    } else {
      level.has_key = false;
      const bool is_new = level.keys.insert(level.key).second;
      if (is_new) level.node.entries.push_back({level.key, level.key_place, std::move(node)});
    }
  }

  void TakeKey(Level* level, const ConfigNode& node, bool told) {
    level->has_key = true;
    level->key = node.text;
    level->key_place = node.place;
    if (node.kind != NodeKind::kScalar || node.text.empty()) {
      if (!told) sink_->Add(node.place, level->path, "a key must be a plain name", "");
      level->key = "?";
    } else if (node.text == "<<") {
      sink_->Add(node.place, level->path, "merge keys (<<) are not used in configs",
                 "write the fields out");
    } else if (level->keys.contains(node.text) && !sink_->full()) {
      const auto first = level->node.Find(node.text)->place;
      sink_->Add(node.place, Path(), "is given twice",
                 "first given in line " + std::to_string(first.line));
    }
  }

  const int source_;
  DiagnosticSink* const sink_;
  std::vector<std::string> lines_;
  std::vector<Level> levels_;
  ConfigNode root_;
  int documents_ = 0;
};

// yaml-cpp's words, with the ones that puzzle people replaced.
std::pair<std::string, std::string> Explain(const std::string& message) {
  if (message.find("illegal map value") != std::string::npos) {
    return {"a ':' stands where no value can begin",
            "put text that contains ': ' in quotes, and each key on a line of its own"};
  }
  if (message.find("end of map not found") != std::string::npos ||
      message.find("end of sequence not found") != std::string::npos) {
    return {"this line does not belong to what is above it",
            "lines of one level must start in the same column, as 'key: value' or '- item'"};
  }
  if (message.find("unknown token") != std::string::npos) {
    return {"no value can begin with this character", "put the text in quotes"};
  }
  return {message, ""};
}

}  // namespace

bool ParseConfigTree(std::string_view text, int source, ConfigNode* root, DiagnosticSink* sink) {
  TreeBuilder builder(text, source, sink);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (builder.documents() < 2 && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    const auto [message, suggestion] = Explain(e.msg);
    const YAML::Mark mark = e.mark.is_null() ? YAML::Mark() : e.mark;
    sink->Add({source, mark.line + 1, mark.column + 1}, "", message, suggestion);
    return false;
  } catch (const std::exception& e) {
    sink->Add({source, 1, 1}, "", std::string("cannot be read as YAML: ") + e.what(), "");
    return false;
  }
  *root = builder.TakeRoot();
  return true;
}

}  // namespace mcunas
