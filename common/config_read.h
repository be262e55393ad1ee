// The reader: text and overrides to the struct behind a describe function.
#pragma once

#include <string>
#include <vector>

#include "common/config.h"
#include "common/config_diagnostic.h"
#include "common/expected.h"

namespace mcunas {

struct ConfigSource {
  std::string file;                    // shown in messages; Path and Base begin at its folder
  std::string text;                    // YAML
  std::vector<std::string> overrides;  // "search.population=20", checked like the file
};

// Fills the struct behind `describe`. Empty result: all is well. Otherwise every problem found, in
// file order, and the struct must not be used. Expands ${VAR} inside strings; an unset variable is
// an error that names it. Never throws.
std::vector<ConfigDiagnostic> ReadConfig(const ConfigSource& source, const DescribeFn& describe);

// ReadConfig on a file, with all diagnostics joined into one kUsage Error.
Expected<void> LoadConfig(const std::string& path, const std::vector<std::string>& overrides,
                          const DescribeFn& describe);

}  // namespace mcunas
