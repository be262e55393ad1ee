// What a person reads about one problem of a config.
#pragma once

#include <string>

namespace mcunas {

// One problem found in a config text. Lines and columns count from 1, columns in characters. For a
// command-line override `file` is "command line", the line 0, and the column counts within the
// override.
struct ConfigDiagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string key_path;     // "target.limits.sram_kb"
  std::string message;      // what is wrong
  std::string suggestion;   // nearest name or allowed values; may be empty
  std::string source_line;  // the line as written; may be empty
};

// "file:line:column: error: key: message", the source line, a caret and the suggestion.
std::string FormatDiagnostic(const ConfigDiagnostic& diagnostic);

}  // namespace mcunas
