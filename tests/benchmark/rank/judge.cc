// Rankings against the truth of the rank benchmark, as JSON. Not a test.
//
// Usage: rank_judge TRUTH.json INHERITED.json...
// Kendall's tau of MACs, parameters and each supernet (rank_inherit) with bootstrap standard errors;
// each supernet's difference to MACs and to the first one, on the same networks; the noise of the
// truth itself, from the networks that were trained twice.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "inherited.h"
#include "rank_agreement.h"
#include "rank_networks.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

constexpr int kFinalists = 6;

ordered_json ToJson(const RankAgreement& agreement) {
  return {{"tau", agreement.tau}, {"standard_error", agreement.standard_error}};
}

ordered_json ToJson(const TauDifference& d) {
  return {{"difference", d.difference}, {"low", d.interval.low}, {"high", d.interval.high}};
}

ordered_json NoiseOf(const std::vector<RankNetwork>& networks) {
  std::vector<double> first, second;
  double squares = 0;
  for (const RankNetwork& network : networks) {
    if (network.accuracies.size() < 2) continue;
    first.push_back(network.accuracies[0]);
    second.push_back(network.accuracies[1]);
    squares += std::pow(first.back() - second.back(), 2) / 2;
  }
  if (first.size() < 3) return nullptr;
  return {{"networks", first.size()},
          {"tau_between_trainings", ToJson(AgreementWith(first, second))},
          {"deviation_of_one_training", std::sqrt(squares / static_cast<double>(first.size()))}};
}

ordered_json Judged(const RankColumns& columns, const InheritedScores& scores,
                    const InheritedScores& first) {
  const std::vector<double> accuracies = columns.Of(scores.accuracies);
  const auto below = std::count_if(scores.accuracies.begin(), scores.accuracies.end(),
                                   [&](double accuracy) { return accuracy < scores.smallest; });
  ordered_json judged = {{"recipe", scores.recipe}};
  judged.update(ToJson(AgreementWith(columns.truth, accuracies)));
  judged["above_macs"] = ToJson(PairedDifference(columns.truth, accuracies, columns.macs));
  judged["above_first"] =
      ToJson(PairedDifference(columns.truth, accuracies, columns.Of(first.accuracies)));
  judged["regret_of_6"] = RankRegret(columns.truth, accuracies, kFinalists);
  judged["below_smallest"] =
      static_cast<double>(below) / static_cast<double>(scores.accuracies.size());
  judged["largest"] = scores.largest;
  judged["smallest"] = scores.smallest;
  judged["macs_images"] = scores.macs_images;
  return judged;
}

Expected<ordered_json> Judge(const std::string& truth_path, const std::vector<std::string>& paths) {
  const auto truth = ReadRankNetworks(truth_path);
  if (!truth) return truth.error();
  const RankColumns columns = ColumnsOf(*truth);
  if (columns.truth.size() < 3)
    return Error{ErrorCode::kUsage, truth_path + ": fewer than three networks are trained"};
  ordered_json report = {{"networks", columns.networks.size()},
                         {"noise", NoiseOf(*truth)},
                         {"macs", ToJson(AgreementWith(columns.truth, columns.macs))},
                         {"parameters", ToJson(AgreementWith(columns.truth, columns.parameters))}};
  std::optional<InheritedScores> first;
  for (const std::string& path : paths) {
    const auto scores = ReadInherited(path);
    if (!scores) return scores.error();
    if (scores->accuracies.size() != truth->size())
      return Error{ErrorCode::kUsage, path + ": not of the networks of " + truth_path};
    if (!first) first = *scores;
    report["supernets"].push_back(Judged(columns, *scores, *first));
  }
  return report;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: rank_judge TRUTH.json INHERITED.json...\n";
    return 2;
  }
  const auto report = Judge(argv[1], {argv + 2, argv + argc});
  if (!report) {
    std::cerr << "error: " << report.error().message << "\n";
    return 1;
  }
  std::cout << report->dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
