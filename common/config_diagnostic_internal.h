// Collecting what is wrong with a config. Private to common.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config_diagnostic.h"
#include "common/config_node_internal.h"
#include "common/config_read.h"

namespace mcunas {

constexpr size_t kMaxDiagnostics = 100;  // more help nobody

// Collects problems with their places; turns them into diagnostics in reading order.
class DiagnosticSink {
 public:
  explicit DiagnosticSink(const ConfigSource& source);

  // Another file's text; the number by which places name it.
  int AddFile(const std::string& file, std::string_view text);

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

  std::vector<std::string> files_;               // per source; empty: an override
  std::vector<std::vector<std::string>> lines_;  // per source
  std::vector<Found> found_;
  size_t count_ = 0;
  std::set<std::pair<int, int>> broken_;  // source, line
};

// The message of an unknown key: SuggestOtherSections looks for it.
inline constexpr const char* kUnknownKey = "is not a known key";

}  // namespace mcunas
