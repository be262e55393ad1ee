// The visitor that fills a struct from the tree, and the doors ReadConfig and LoadConfig.
#include "common/config_read.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "common/config_diagnostic_internal.h"
#include "common/config_lint_internal.h"
#include "common/config_node_internal.h"
#include "common/config_override_internal.h"
#include "common/config_parse_internal.h"
#include "common/config_scalar_internal.h"
#include "common/file.h"
#include "common/text.h"

namespace mcunas {
namespace {

constexpr size_t kMaxConfigBytes = 256 * 1024;

namespace fs = std::filesystem;

fs::path FolderOf(const fs::path& file) {
  std::error_code gone;  // a current folder that was deleted has no name
  return fs::absolute(file, gone).parent_path();
}

std::string AbsolutePath(const std::string& path, const fs::path& folder) {
  if (path.empty()) return path;
  const char* home = std::getenv("HOME");
  fs::path whole = path;
  const bool at_home = path == "~" || path.starts_with("~/");
  if (at_home && home != nullptr) whole = home + path.substr(1);
  return (folder / whole).lexically_normal().string();
}

class ConfigReader : public ConfigVisitor {
 public:
  ConfigReader(ConfigNode* root, const ConfigSource& source, DiagnosticSink* sink)
      : folders_({{0, FolderOf(source.file)}}), sink_(sink) {
    scope_.map = root;
    scope_.place = root->entries.empty() ? root->place : root->entries.front().place;
  }

  void Finish() {
    CloseScope();
    sink_->SuggestOtherSections(known_paths_);
  }

  void Integer(const char* key, int64_t& value, Range range, const FieldHelp& help) override {
    if (const ConfigNode* node = Take(key)) ReadInteger(*node, PathOf(key), range, help, &value);
  }

  void Real(const char* key, double& value, Range range, const FieldHelp& help) override {
    if (const ConfigNode* node = Take(key)) ReadReal(*node, PathOf(key), range, help, &value);
  }

  void Boolean(const char* key, bool& value, const FieldHelp&) override {
    const ConfigNode* node = Take(key);
    if (node == nullptr) return;
    bool read = false;
    if (Good(ParseBooleanText(*node, &read), *node, PathOf(key))) value = read;
  }

  void Text(const char* key, std::string& value, const FieldHelp&) override {
    if (const ConfigNode* node = Take(key)) ReadText(*node, PathOf(key), {}, &value);
  }

  void Path(const char* key, std::string& value, const FieldHelp&) override {
    const ConfigNode* node = Take(key);
    if (node == nullptr || !ReadText(*node, PathOf(key), {}, &value)) return;
    value = AbsolutePath(value, FolderOfPlace(*node));
  }

  void Choice(const char* key, std::string& value, const std::vector<std::string>& allowed,
              const FieldHelp&) override {
    if (const ConfigNode* node = Take(key)) ReadText(*node, PathOf(key), allowed, &value);
  }

  void Duration(const char* key, double& seconds, Range range, const FieldHelp&) override {
    const ConfigNode* node = Take(key);
    if (node == nullptr) return;
    double read = 0;
    if (!Good(ParseDurationText(*node, &read), *node, PathOf(key))) return;
    if (InRange(read, range, "s", *node, PathOf(key))) seconds = read;
  }

  void Integers(const char* key, std::vector<int64_t>& value, Range range,
                const FieldHelp& help) override {
    ReadList(key, &value, [&](const ConfigNode& node, const std::string& path, int64_t* element) {
      return ReadInteger(node, path, range, help, element);
    });
  }

  void IntegersOrOne(const char* key, std::vector<int64_t>& value, Range range,
                     const FieldHelp& help) override {
    const ConfigEntry* entry = scope_.map == nullptr ? nullptr : scope_.map->Find(key);
    if (entry == nullptr || entry->value.kind != NodeKind::kScalar) {
      return Integers(key, value, range, help);
    }
    int64_t one = 0;
    if (ReadInteger(*Take(key), PathOf(key), range, help, &one)) value = {one};
  }

  void Reals(const char* key, std::vector<double>& value, Range range,
             const FieldHelp& help) override {
    ReadList(key, &value, [&](const ConfigNode& node, const std::string& path, double* element) {
      return ReadReal(node, path, range, help, element);
    });
  }

  void Resolutions(const char* key, std::vector<Resolution>& value, Range range,
                   const FieldHelp& help) override {
    ReadList(key, &value,
             [&](const ConfigNode& node, const std::string& path, Resolution* element) {
               return ReadResolution(node, path, range, help, element);
             });
  }

  void Texts(const char* key, std::vector<std::string>& value,
             const std::vector<std::string>& allowed, const FieldHelp&) override {
    ReadList(key, &value,
             [&](const ConfigNode& node, const std::string& path, std::string* element) {
               return ReadText(node, path, allowed, element);
             });
  }

  void Paths(const char* key, std::vector<std::string>& value, const FieldHelp&) override {
    ReadList(key, &value,
             [&](const ConfigNode& node, const std::string& path, std::string* element) {
               if (!ReadText(node, path, {}, element)) return false;
               *element = AbsolutePath(*element, FolderOfPlace(node));
               return true;
             });
  }

  void Choices(const char* key, std::map<std::string, std::string>& value,
               const std::vector<std::string>& keys, const std::vector<std::string>& allowed,
               const FieldHelp&) override {
    const ConfigNode* node = Take(key);
    if (node == nullptr) return;
    const std::string path = PathOf(key);
    if (node->kind != NodeKind::kMap || node->entries.empty()) {
      Bad(*node, path, "must be a map with at least one of its names",
          "names: " + Join(keys, ", "));
      return;
    }
    std::map<std::string, std::string> read;
    bool good = true;
    for (const ConfigEntry& entry : node->entries) {
      const std::string entry_path = path + "." + entry.key;
      if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
        sink_->Add(entry.place, entry_path, kUnknownKey, Suggest(entry.key, keys));
        good = false;
      }
      good = ReadText(entry.value, entry_path, allowed, &read[entry.key]) && good;
    }
    if (good) value = std::move(read);
  }

  void Section(const char* key, const FieldHelp&,
               const std::function<void(ConfigVisitor&)>& describe) override {
    const std::string path = PathOf(key);
    const ConfigPlace here = scope_.place;
    ConfigEntry* entry = TakeEntry(key);
    if (entry == nullptr && mandatory_missing_) return;
    if (entry == nullptr) {
      Describe(nullptr, here, path, describe);
    } else if (entry->value.kind == NodeKind::kMap) {
      Describe(&entry->value, entry->place, path, describe);
    } else {
      RejectSection(entry->value, PlaceOf(*entry), path);
    }
  }

  void Sections(const char* key, const FieldHelp&, size_t,
                const std::function<void(size_t)>& resize,
                const std::function<void(ConfigVisitor&, size_t)>& describe) override {
    ConfigNode* node = Take(key);
    if (node == nullptr) return;
    const std::string path = PathOf(key);
    if (node->kind != NodeKind::kList || node->items.empty()) {
      Bad(*node, path, "must be a list with at least one item", "begin each item with '- '");
      return;
    }
    resize(0);  // the defaults of other items must not shine through
    resize(node->items.size());
    for (size_t i = 0; i < node->items.size(); ++i) {
      ConfigNode& item = node->items[i];
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      if (item.kind != NodeKind::kMap) {
        RejectSection(item, item.place, item_path);
        continue;
      }
      Describe(&item, item.place, item_path, [&](ConfigVisitor& visitor) { describe(visitor, i); });
    }
  }

  void Base(const char* key, const FieldHelp&) override {
    const ConfigNode* node = Take(key);
    std::string path;
    if (node == nullptr || !ReadText(*node, PathOf(key), {}, &path)) return;
    const std::string file = AbsolutePath(path, FolderOfPlace(*node));
    const auto text = ReadFile(file);
    if (!text || text->size() > kMaxConfigBytes) {
      return Bad(*node, PathOf(key), text ? "is too large for a config" : text.error().message);
    }
    ConfigNode fields;
    const int source = sink_->AddFile(file, *text);
    folders_[source] = FolderOf(file);
    if (!ParseConfigTree(LintConfig(*text, source, sink_), source, &fields, sink_)) return;
    if (fields.kind != NodeKind::kMap) {
      return Bad(*node, PathOf(key), "must hold the section's 'key: value' lines");
    }
    for (ConfigEntry& entry : fields.entries) {
      if (entry.key == key) {
        sink_->Add(entry.place, PathOf(key), "cannot name a second file", "write its fields here");
      }
      if (scope_.map->Find(entry.key) == nullptr) scope_.map->entries.push_back(std::move(entry));
    }
  }

  // Judged when the section is complete: a rule about values that could not be read says nothing.
  void Require(bool holds, const char* key, const std::string& message) override {
    if (!holds) scope_.broken_rules.push_back({key, message});
  }

  void Mandatory(const char* key) override { mandatory_ = key; }

 private:
  struct Rule {
    std::string key, message;
  };
  // The section being read. `map` is null where the file does not have it: all defaults.
  struct Scope {
    ConfigNode* map = nullptr;
    ConfigPlace place;
    std::string path;
    std::vector<std::string> known;
    std::vector<Rule> broken_rules;
    size_t problems_before = 0;
  };

  std::string PathOf(const std::string& key) const {
    return scope_.path.empty() ? key : scope_.path + "." + key;
  }

  // A name in a file is relative to it, one on the command line to the current folder.
  fs::path FolderOfPlace(const ConfigNode& node) const {
    const auto file = folders_.find(node.place.source);
    return file != folders_.end() ? file->second : FolderOf("here");
  }

  static std::string Suggest(const std::string& name, const std::vector<std::string>& names) {
    const std::string nearest = NearestName(name, names);
    if (!nearest.empty()) return "did you mean '" + nearest + "'?";
    return names.empty() ? "" : "known: " + Join(names, ", ");
  }

  void Bad(const ConfigNode& node, const std::string& path, const std::string& message,
           const std::string& suggestion = "") {
    sink_->Add(node.place, path, node.kind == NodeKind::kNull ? "has no value" : message,
               suggestion);
  }

  bool Good(const std::string& problem, const ConfigNode& node, const std::string& path) {
    if (!problem.empty()) sink_->Add(node.place, path, problem);
    return problem.empty();
  }

  // The entry of the next field, and whether Mandatory asked for it.
  ConfigEntry* TakeEntry(const char* key) {
    const bool mandatory = mandatory_ == key;
    mandatory_.clear();
    mandatory_missing_ = false;
    scope_.known.push_back(key);
    known_paths_.insert(PathOf(key));
    ConfigEntry* entry = scope_.map == nullptr ? nullptr : scope_.map->Find(key);
    if (entry == nullptr && mandatory) {
      mandatory_missing_ = true;
      sink_->Add(scope_.place, PathOf(key), "is missing and has no default");
    }
    return entry;
  }

  ConfigNode* Take(const char* key) {
    ConfigEntry* entry = TakeEntry(key);
    if (entry == nullptr) return nullptr;
    if (entry->value.kind != NodeKind::kNull) return &entry->value;
    sink_->Add(PlaceOf(*entry), PathOf(key), "has no value",
               "leave the key out to use the default");
    return nullptr;
  }

  // Where to point at for a value that is not there: its key, or the override that removed it.
  static const ConfigPlace& PlaceOf(const ConfigEntry& entry) {
    return entry.place.source == entry.value.place.source ? entry.place : entry.value.place;
  }

  bool InRange(double value, const Range& range, const std::string& unit, const ConfigNode& node,
               const std::string& path) {
    if (value >= range.min && value <= range.max) return true;
    Bad(node, path, node.text + " is out of range", "allowed: " + RangeText(range, unit));
    return false;
  }

  bool ReadInteger(const ConfigNode& node, const std::string& path, const Range& range,
                   const FieldHelp& help, int64_t* value) {
    int64_t read = 0;
    if (!Good(ParseIntegerText(node, &read), node, path)) return false;
    if (!InRange(static_cast<double>(read), range, help.unit, node, path)) return false;
    *value = read;
    return true;
  }

  bool ReadReal(const ConfigNode& node, const std::string& path, const Range& range,
                const FieldHelp& help, double* value) {
    double read = 0;
    const bool zero =
        !help.zero.empty() && node.kind == NodeKind::kScalar && node.text == help.zero;
    if (!zero && !Good(ParseRealText(node, &read), node, path)) return false;
    if (!InRange(read, range, help.unit, node, path)) return false;
    *value = read;
    return true;
  }

  bool ReadResolution(const ConfigNode& node, const std::string& path, const Range& range,
                      const FieldHelp& help, Resolution* value) {
    const bool pair = node.kind == NodeKind::kList;
    if (pair && node.items.size() != 2) {
      Bad(node, path, "must be one number or two", "write [height, width]");
      return false;
    }
    int64_t height = 0, width = 0;
    const auto read = [&](const ConfigNode& side, int64_t* pixels) {
      return ReadInteger(side, path, range, help, pixels);
    };
    if (!read(pair ? node.items[0] : node, &height)) return false;
    if (!read(pair ? node.items[1] : node, &width)) return false;
    *value = {static_cast<int>(height), static_cast<int>(width)};
    return true;
  }

  bool ReadText(const ConfigNode& node, const std::string& path,
                const std::vector<std::string>& allowed, std::string* value) {
    const std::string choices = allowed.empty() ? "" : "allowed: " + Join(allowed, ", ");
    if (node.kind != NodeKind::kScalar) {
      Bad(node, path, "must be a single text", choices);
      return false;
    }
    std::string read;
    size_t offset = 0;
    if (auto problem = ExpandVariables(node.text, &read, &offset); !problem.empty()) {
      ConfigPlace place = node.place;
      place.column += static_cast<int>(offset) + (node.quoted ? 1 : 0);
      sink_->Add(place, path, problem);
      return false;
    }
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), read) == allowed.end()) {
      const std::string nearest = NearestName(read, allowed);
      const std::string hint = nearest.empty() ? "" : "did you mean '" + nearest + "'? ";
      Bad(node, path, "'" + read + "' is not one of the allowed values", hint + choices);
      return false;
    }
    *value = std::move(read);
    return true;
  }

  template <typename T, typename ReadElement>
  void ReadList(const char* key, std::vector<T>* value, const ReadElement& read_element) {
    const ConfigNode* node = Take(key);
    if (node == nullptr) return;
    const std::string path = PathOf(key);
    if (node->kind != NodeKind::kList) {
      const std::string example = node->kind == NodeKind::kScalar ? "[" + node->text + "]" : "[]";
      Bad(*node, path, "must be a list", "write " + example);
      return;
    }
    if (node->items.empty()) Bad(*node, path, "must not be empty");
    std::vector<T> read(node->items.size());
    bool good = !read.empty();
    for (size_t i = 0; i < read.size(); ++i) {
      good = read_element(node->items[i], path + "[" + std::to_string(i) + "]", &read[i]) && good;
    }
    if (good) *value = std::move(read);
  }

  void RejectSection(const ConfigNode& node, const ConfigPlace& key, const std::string& path) {
    if (node.kind == NodeKind::kNull) {
      sink_->Add(key, path, "is empty", "its fields must stand indented below it");
    } else {
      Bad(node, path, "must be a section of 'key: value' fields");
    }
  }

  template <typename DescribeFields>
  void Describe(ConfigNode* map, const ConfigPlace& place, const std::string& path,
                const DescribeFields& describe) {
    Scope outer = std::move(scope_);
    scope_ = Scope{map, place, path, {}, {}, sink_->count()};
    describe(*this);
    CloseScope();
    scope_ = std::move(outer);
  }

  void CloseScope() {
    if (scope_.map != nullptr) {
      for (const ConfigEntry& entry : scope_.map->entries) {
        if (std::find(scope_.known.begin(), scope_.known.end(), entry.key) != scope_.known.end() ||
            entry.key == "<<" || entry.key == "?") {
          continue;
        }
        sink_->Add(entry.place, PathOf(entry.key), kUnknownKey,
                   sink_->full() ? "" : Suggest(entry.key, scope_.known));
      }
    }
    if (sink_->count() != scope_.problems_before) return;
    for (const Rule& rule : scope_.broken_rules) {
      const ConfigEntry* entry = scope_.map == nullptr ? nullptr : scope_.map->Find(rule.key);
      sink_->Add(entry == nullptr ? scope_.place : entry->value.place, PathOf(rule.key),
                 rule.message);
    }
  }

  std::map<int, fs::path> folders_;  // of the files, by source
  DiagnosticSink* const sink_;
  Scope scope_;
  std::string mandatory_;
  bool mandatory_missing_ = false;
  std::set<std::string> known_paths_;
};

// Text and overrides to one tree. False where nothing can be read from it.
bool BuildTree(const ConfigSource& source, ConfigNode* root, DiagnosticSink* sink) {
  if (source.text.size() > kMaxConfigBytes) {
    sink->Add({0, 1, 1}, "", "is too large for a config", "at most 256 kB");
    return false;
  }
  if (!ParseConfigTree(LintConfig(source.text, 0, sink), 0, root, sink)) return false;
  if (root->kind == NodeKind::kNull) root->kind = NodeKind::kMap;
  if (root->kind != NodeKind::kMap) {
    sink->Add(root->place, "", "a config is a list of 'key: value' lines",
              "a space must follow the colon");
    return false;
  }
  for (size_t i = 0; i < source.overrides.size(); ++i) {
    ApplyOverride(source.overrides[i], static_cast<int>(i), root, sink);
  }
  return true;
}

}  // namespace

std::vector<ConfigDiagnostic> ReadConfig(const ConfigSource& source, const DescribeFn& describe) {
  DiagnosticSink sink(source);
  ConfigNode root;
  if (BuildTree(source, &root, &sink)) {
    ConfigReader reader(&root, source, &sink);
    describe(reader);
    reader.Finish();
  }
  return sink.Take();
}

Expected<void> LoadConfig(const std::string& path, const std::vector<std::string>& overrides,
                          const DescribeFn& describe) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    return Error{ErrorCode::kUsage, path + " is a folder, not a configuration file"};
  auto text = ReadFile(path);
  if (!text) return text.error();
  const auto diagnostics = ReadConfig({path, std::move(*text), overrides}, describe);
  if (diagnostics.empty()) return {};
  std::string message = diagnostics.size() == 1
                            ? "1 problem in the configuration"
                            : std::to_string(diagnostics.size()) + " problems in the configuration";
  for (const ConfigDiagnostic& diagnostic : diagnostics) {
    message += "\n" + FormatDiagnostic(diagnostic);
  }
  return Error{ErrorCode::kUsage, message};
}

}  // namespace mcunas
