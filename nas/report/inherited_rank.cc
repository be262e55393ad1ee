#include "nas/report/inherited_rank.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "nas/evaluate/statistics.h"

namespace mcunas {

std::optional<InheritedRank> RankOfInherited(const ReportInput& input) {
  std::vector<double> inherited, own;
  for (const FinalNetwork& network : input.ranking) {
    const auto before = MetricValue(network.record, input.score.name);
    const auto after = MetricValue(network.record, input.score.float_name());
    if (!before || !after) continue;
    inherited.push_back(*before);
    own.push_back(*after);
  }
  const double tau = inherited.size() < 3 ? std::nan("") : KendallTau(inherited, own);
  if (std::isnan(tau)) return std::nullopt;
  return InheritedRank{tau, static_cast<int64_t>(own.size())};
}

std::string FormatInheritedRank(const ReportInput& input) {
  const auto rank = RankOfInherited(input);
  if (!rank) return "";
  return fmt::format(
      "rank correlation of {} with inherited and with final weights: Kendall's tau {:.2f} "
      "({} networks)\n",
      input.score.name, rank->tau, rank->networks);
}

}  // namespace mcunas
