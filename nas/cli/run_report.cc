#include "nas/cli/run_report.h"

#include <cstdio>

namespace mcunas {

Expected<void> WriteRunReport(const RunOutcome& outcome) {
  for (const FinalNetwork& network : outcome.networks) {
    std::printf("%s", network.record.hash.Short().c_str());
    for (const auto& [name, metric] : network.record.metrics) {
      std::printf(" %s=%g", name.c_str(), metric.value);
    }
    std::printf(" %s\n", network.record.failure_reason.c_str());
  }
  return {};
}

}  // namespace mcunas
