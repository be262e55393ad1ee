#include "cli/verbs.h"

#include <cstdio>

namespace mcunas {

int ReportError(const Error& error) {
  std::fprintf(stderr, "%s%s\n",
               error.message.find(": error: ") == std::string::npos ? "error: " : "",
               error.message.c_str());
  return ExitCodeFor(error.code);
}

}  // namespace mcunas
