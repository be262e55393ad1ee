// What YAML parsers accept in silence although the writer cannot have meant it.
#include "common/config_lint_internal.h"

namespace mcunas {
namespace {

// Length of the UTF-8 character at `text[i]`, 0 if it is not one (RFC 3629).
size_t Utf8Length(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
  };
  const auto tail = [&](size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    const bool outside = (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90);
    return tail(1) && tail(2) && tail(3) && !outside ? 4 : 0;
  }
  return 0;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Walks over one text, line by line, with just enough of YAML's grammar to tell quotes, comments
// and brackets from text.
class Linter {
 public:
  Linter(int source, DiagnosticSink* sink) : source_(source), sink_(sink) {}

  std::string Run(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      ++line_number_;
      Line(line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    CloseBrackets();
    for (std::string& line : repaired_) line += '\n';
    std::string all;
    for (const std::string& line : repaired_) all += line;
    return all;
  }

 private:
  struct Bracket {
    char closer;
    ConfigPlace place;
    size_t indent;  // of the line it stands on
  };

  ConfigPlace At(size_t i) const { return {source_, line_number_, static_cast<int>(i) + 1}; }
  bool InFlow() const { return !open_.empty(); }
  char Next(size_t i) const { return i + 1 < line_.size() ? line_[i + 1] : '\0'; }
  bool EndsAfter(size_t i) const { return i + 1 >= line_.size() || IsBlank(line_[i + 1]); }

  void Broken(size_t i, const std::string& message, const std::string& suggestion) {
    if (!line_reported_) sink_->AddBrokenLine(At(i), message, suggestion);
    line_reported_ = true;
  }

  void Line(std::string_view line) {
    line_ = std::string(line);
    line_reported_ = false;
    quote_ended_ = std::string::npos;
    CheckCharacters();
    const size_t indent = std::min(line_.find_first_not_of(" \t"), line_.size());
    if (in_block_text_ && (indent == line_.size() || indent > block_indent_)) {
      repaired_.push_back(line_);
      return;
    }
    in_block_text_ = false;
    if (InFlow() && indent <= open_.front().indent && LooksLikeKey(indent)) CloseBrackets();
    if (line_.starts_with('%')) {
      Broken(0, "YAML directives are not used in configs", "remove the line");
      line_[0] = '#';
    }
    if (line_.find('\t') < indent) RepairIndentation(indent);
    indent_ = line_.find_first_not_of(' ');
    Tokens(std::min(indent_, line_.size()));
    if (indent_ < line_.size()) last_line_ = line_;
    repaired_.push_back(line_);
  }

  // How far a tab indents is anybody's guess; most likely as far as the line above, or one step
  // more where that opens a section. Empty lines may hold tabs.
  void RepairIndentation(size_t indent) {
    if (indent == line_.size() || line_[indent] == '#') {
      line_.clear();
      return;
    }
    Broken(line_.find('\t'), "is indented with a tab", "YAML indents with spaces");
    const size_t above = std::min(last_line_.find_first_not_of(' '), last_line_.size());
    const size_t step = last_line_.find_last_not_of(' ') != std::string::npos &&
                                last_line_[last_line_.find_last_not_of(' ')] == ':'
                            ? 2
                            : 0;
    line_ = std::string(above + step, ' ') + line_.substr(indent);
  }

  // Control characters and broken UTF-8 become '?', tabs outside comments are found by Tokens.
  void CheckCharacters() {
    for (size_t i = 0; i < line_.size();) {
      const size_t length = Utf8Length(line_, i);
      const auto c = static_cast<unsigned char>(line_[i]);
      if (length == 0) Broken(i, "is not UTF-8 text", "save the file as UTF-8");
      if (length == 1 && c != '\t' && (c < 0x20 || c == 0x7f)) {
        Broken(i, "contains a control character", "remove it");
      }
      if (line_reported_ && (length == 0 || (length == 1 && c < 0x20) || c == 0x7f)) line_[i] = '?';
      i += std::max<size_t>(length, 1);
    }
  }

  // "name:" or "- " at the start of a line: block YAML, so open brackets were forgotten above.
  bool LooksLikeKey(size_t i) const {
    const size_t start = i;
    if (i < line_.size() && line_[i] == '-') return EndsAfter(i);
    while (i < line_.size() && (IsNameCharacter(line_[i]) || line_[i] == '-')) ++i;
    return i > start && i < line_.size() && line_[i] == ':' && EndsAfter(i);
  }

  void Tokens(size_t i) {
    bool starts = true;  // the next character would begin a new scalar
    while (i < line_.size()) {
      const char c = line_[i];
      if (c == '#' && (i == 0 || IsBlank(line_[i - 1]))) {
        line_.resize(i);
        return;
      }
      i = Token(i, &starts);
    }
  }

  // Handles the token at i and returns where the next one begins.
  size_t Token(size_t i, bool* starts) {
    const char c = line_[i];
    if (c == ' ') return i + 1;
    if (c == '\t') return Tab(i);
    if (c == '$' && Next(i) == '{') return Variable(i, starts);
    if (*starts && (c == '"' || c == '\'')) return Quote(i, starts);
    if (*starts && (c == '|' || c == '>') && !InFlow()) return BlockText(i);
    if ((c == '[' || c == '{') && (*starts || InFlow())) return OpenBracket(i, starts);
    if ((c == ']' || c == '}') && InFlow()) return CloseBracket(i, starts);
    if (*starts && (c == '&' || c == '!')) return Property(i);
    if (*starts && std::string_view("*@`%").find(c) != std::string_view::npos) Unusable(i);
    const bool dash = (c == '-' || c == '?') && *starts && EndsAfter(i);
    const bool colon =
        c == ':' &&
        (EndsAfter(i) || (InFlow() && (quote_ended_ == i || Next(i) == ',' || Next(i) == ']' ||
                                       Next(i) == '}' || Next(i) == '[' || Next(i) == '{')));
    *starts = dash || colon || (c == ',' && InFlow());
    return i + 1;
  }

  size_t Tab(size_t i) {
    Broken(i, "contains a tab character", "YAML indents and separates with spaces");
    line_[i] = ' ';
    return i + 1;
  }

  // ${NAME}: hides the braces from the YAML parser. Whether the name is one is checked later.
  size_t Variable(size_t i, bool* starts) {
    *starts = false;
    line_[i + 1] = kOpenVariable;
    const size_t end = line_.find_first_of(" \t,[]{}\"'", i + 2);
    if (end == std::string::npos || line_[end] != '}') return i + 2;
    line_[end] = kCloseVariable;
    return end + 1;
  }

  // A quoted scalar must end on its line; otherwise the quote is taken for a letter to go on.
  size_t Quote(size_t i, bool* starts) {
    const char quote = line_[i];
    *starts = false;
    for (size_t end = i + 1; end < line_.size(); ++end) {
      if (quote == '"' && line_[end] == '\\') {
        ++end;
      } else if (line_[end] == quote && quote == '\'' && Next(end) == '\'') {
        ++end;
      } else if (line_[end] == quote) {
        quote_ended_ = end + 1;
        return end + 1;
      }
    }
    Broken(i, "the quote that opens here is not closed on this line",
           std::string("add the closing ") + quote);
    line_[i] = '_';
    return i + 1;
  }

  size_t BlockText(size_t i) {
    Broken(i, "block text ('|' and '>') is not used in configs",
           "write the text in quotes on one line");
    in_block_text_ = true;
    block_indent_ = indent_;
    return line_.size();
  }

  size_t OpenBracket(size_t i, bool* starts) {
    open_.push_back({line_[i] == '[' ? ']' : '}', At(i), indent_});
    *starts = true;
    return i + 1;
  }

  size_t CloseBracket(size_t i, bool* starts) {
    *starts = false;
    if (open_.back().closer != line_[i]) {
      Broken(i,
             std::string("'") + line_[i] + "' closes a bracket that needs '" + open_.back().closer +
                 "'",
             "the bracket was opened in line " + std::to_string(open_.back().place.line));
      line_[i] = open_.back().closer;
    }
    open_.pop_back();
    return i + 1;
  }

  // &anchor and !tag: blanked, so that the value behind them can still be read.
  size_t Property(size_t i) {
    Broken(i,
           line_[i] == '&' ? "anchors (&name) are not used in configs"
                           : "tags (!name) are not used in configs",
           "write the plain value");
    while (i < line_.size() && !IsBlank(line_[i]) && line_[i] != ',') line_[i++] = ' ';
    return i;
  }

  // A first character that only has a meaning for YAML becomes a letter.
  void Unusable(size_t i) {
    if (line_[i] == '*') {
      Broken(i, "aliases (*name) are not used in configs", "write the value out");
    } else {
      Broken(i, "no value can begin with this character", "put the text in quotes");
    }
    line_[i] = '_';
  }

  // Brackets still open here were forgotten: says so and closes them at the end of the last line.
  void CloseBrackets() {
    if (!InFlow()) return;
    const Bracket& first = open_.front();
    const char opener = first.closer == ']' ? '[' : '{';
    sink_->AddBrokenLine(first.place, std::string("'") + opener + "' is never closed",
                         std::string("add the closing ") + first.closer);
    for (; !open_.empty(); open_.pop_back()) repaired_.back() += open_.back().closer;
  }

  const int source_;
  DiagnosticSink* const sink_;
  int line_number_ = 0;
  std::string line_;
  std::string last_line_;  // the last one with content, repaired
  bool line_reported_ = false;
  bool in_block_text_ = false;
  size_t block_indent_ = 0;
  size_t indent_ = 0;
  size_t quote_ended_ = std::string::npos;
  std::vector<Bracket> open_;
  std::vector<std::string> repaired_;
};

}  // namespace

std::string LintConfig(std::string_view text, int source, DiagnosticSink* sink) {
  return Linter(source, sink).Run(text);
}

}  // namespace mcunas
