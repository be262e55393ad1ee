// The first look at a config text. Private to common.
#pragma once

#include <string>
#include <string_view>

#include "common/config_diagnostic_internal.h"

namespace mcunas {

// "${" and "}" of variables travel through the YAML parser as these two bytes, because YAML reads
// braces inside [..] and {..} as its own.
constexpr char kOpenVariable = '\x01';
constexpr char kCloseVariable = '\x02';

// Reports what YAML parsers pass over in silence: quotes that do not end on their line, tabs,
// control characters, invalid UTF-8, brackets never closed, block text, directives. Returns a text
// with the same lines and columns that can be parsed on in spite of it.
std::string LintConfig(std::string_view text, int source, DiagnosticSink* sink);

}  // namespace mcunas
