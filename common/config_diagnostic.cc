// Collecting and showing what is wrong with a config.
#include "common/config_diagnostic.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/config_diagnostic_internal.h"
#include "common/index.h"
#include "common/text.h"

namespace mcunas {
namespace {

constexpr const char* kCommandLine = "command line";
constexpr size_t kMostKept = 10 * kMaxDiagnostics;  // enough to sort the first ones out
constexpr size_t kShownWidth = 150;  // of a source line; longer ones are cut around the place

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// People and editors count characters, parsers bytes.
int CharacterColumn(const std::string& line, int byte_column) {
  const size_t bytes = std::min(line.size(), static_cast<size_t>(byte_column - 1));
  const auto begin = line.begin();
  return 1 + static_cast<int>(
                 std::count_if(begin, begin + static_cast<int64_t>(bytes), StartsCharacter));
}

// One terminal cell per character, as far as that can be known without tables.
std::vector<std::string> Characters(const std::string& line) {
  std::vector<std::string> characters;
  for (const char c : line) {
    if (StartsCharacter(c) || characters.empty()) characters.emplace_back();
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    characters.back() += control ? (c == '\t' ? ' ' : '?') : c;
  }
  return characters;
}

bool IsWordCharacter(const std::string& character) {
  const auto c = static_cast<unsigned char>(character[0]);
  return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c >= 0x80;
}

// "  7 | text" and "    |   ^~~~ suggestion" under it.
std::string Excerpt(const ConfigDiagnostic& d) {
  const std::vector<std::string> characters = Characters(d.source_line);
  const size_t at = d.column > 0 ? static_cast<size_t>(d.column - 1) : 0;
  const size_t from = at > kShownWidth * 2 / 3 ? at - kShownWidth / 3 : 0;
  const size_t to = std::min(characters.size(), from + kShownWidth);
  std::string shown = from > 0 ? "..." : "";
  std::string caret(from > 0 ? 3 : 0, ' ');
  for (size_t i = from; i < to; ++i) shown += characters[i];
  if (to < characters.size()) shown += "...";
  caret += std::string(at - from, ' ') + "^";
  for (size_t i = at + 1;
       at < to && i < to && IsWordCharacter(characters[at]) && IsWordCharacter(characters[i]);
       ++i) {
    caret += '~';
  }
  const std::string number = d.line > 0 ? std::to_string(d.line) : "";
  const std::string margin(number.size(), ' ');
  std::string text = fmt::format("\n  {} | {}\n  {} | ", number, shown, margin);
  text += d.column > 0 ? caret + " " + d.suggestion : d.suggestion;
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

DiagnosticSink::DiagnosticSink(const ConfigSource& source) : files_({source.file}) {
  lines_.push_back(SplitLines(source.text));
  for (const std::string& text : source.overrides) {
    files_.emplace_back();
    lines_.push_back(SplitLines(text));
  }
}

int DiagnosticSink::AddFile(const std::string& file, std::string_view text) {
  files_.push_back(file);
  lines_.push_back(SplitLines(text));
  return static_cast<int>(lines_.size()) - 1;
}

void DiagnosticSink::Add(const ConfigPlace& place, const std::string& key_path,
                         const std::string& message, const std::string& suggestion) {
  ++count_;
  if (found_.size() >= kMostKept || broken_.contains({place.source, place.line})) return;
  const bool unknown = message == kUnknownKey;
  found_.push_back({place, key_path, message, suggestion, unknown});
}

void DiagnosticSink::AddBrokenLine(const ConfigPlace& place, const std::string& message,
                                   const std::string& suggestion) {
  ++count_;
  if (found_.size() >= kMostKept) return;
  found_.push_back({place, "", message, suggestion, false});
  broken_.insert({place.source, place.line});
}

void DiagnosticSink::SuggestOtherSections(const std::set<std::string>& known_paths) {
  for (Found& found : found_) {
    if (!found.unknown_key || found.suggestion.starts_with("did you mean")) continue;
    const size_t dot = found.key_path.rfind('.');
    const std::string name =
        dot == std::string::npos ? found.key_path : found.key_path.substr(dot + 1);
    std::string best;
    for (const std::string& path : known_paths) {
      const bool hit = path == name || path.ends_with("." + name);
      if (hit && (best.empty() || path.size() < best.size())) best = path;
    }
    if (best.empty()) continue;
    found.suggestion = "there is '" + best + "': check the indentation or the section";
  }
}

ConfigDiagnostic DiagnosticSink::Finish(const Found& found) const {
  ConfigDiagnostic d;
  const ConfigPlace& place = found.place;
  const auto& lines = lines_[Index(place.source)];
  const size_t line = Index(place.line - 1);
  d.source_line = line < lines.size() ? lines[line] : "";
  const std::string& file = files_[Index(place.source)];
  const bool is_override = place.source > 0 && file.empty();
  d.file = is_override ? kCommandLine : file;
  d.line = is_override ? 0 : place.line;
  d.column = CharacterColumn(d.source_line, place.column);
  d.key_path = found.key_path;
  d.message = found.message;
  d.suggestion = found.suggestion;
  return d;
}

std::vector<ConfigDiagnostic> DiagnosticSink::Take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Found& a, const Found& b) { return a.place < b.place; });
  std::vector<ConfigDiagnostic> diagnostics;
  for (const Found& found : found_) {
    if (diagnostics.size() == kMaxDiagnostics) break;
    diagnostics.push_back(Finish(found));
  }
  return diagnostics;
}

std::string FormatDiagnostic(const ConfigDiagnostic& d) {
  std::string text = d.file;
  if (d.line > 0) text += fmt::format(":{}:{}", d.line, d.column);
  text += ": error: ";
  if (!d.key_path.empty()) text += d.key_path + ": ";
  return text + d.message + Excerpt(d);
}

}  // namespace mcunas
