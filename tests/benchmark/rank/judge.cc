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

#include "common/file.h"
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

// Of the networks that were trained alone: accuracy (mean of the trainings), MACs, parameters.
struct Columns {
  std::vector<size_t> networks;  // places in the file
  std::vector<double> truth, macs, parameters;
};

Columns ColumnsOf(const std::vector<RankNetwork>& networks) {
  Columns columns;
  for (size_t i = 0; i < networks.size(); ++i) {
    const RankNetwork& network = networks[i];
    if (network.accuracies.empty()) continue;
    columns.networks.push_back(i);
    double sum = 0;
    for (const double accuracy : network.accuracies) sum += accuracy;
    columns.truth.push_back(sum / static_cast<double>(network.accuracies.size()));
    columns.macs.push_back(static_cast<double>(network.macs));
    columns.parameters.push_back(static_cast<double>(network.parameters));
  }
  return columns;
}

// Inherited accuracies of all networks of the file.
std::vector<double> Inherited(const ordered_json& result) {
  return result.at("inherited").at("accuracies").get<std::vector<double>>();
}

std::vector<double> Of(const Columns& columns, const std::vector<double>& all) {
  std::vector<double> values;
  for (const size_t i : columns.networks) values.push_back(all.at(i));
  return values;
}

ordered_json Judged(const Columns& columns, const ordered_json& result,
                    const std::vector<double>& first) {
  const std::vector<double> all = Inherited(result), accuracies = Of(columns, all);
  const double smallest = result.at("inherited").at("smallest");
  const auto below =
      std::count_if(all.begin(), all.end(), [&](double accuracy) { return accuracy < smallest; });
  ordered_json judged = {{"recipe", result.at("recipe")}};
  judged.update(ToJson(AgreementWith(columns.truth, accuracies)));
  judged["above_macs"] = ToJson(PairedDifference(columns.truth, accuracies, columns.macs));
  judged["above_first"] = ToJson(PairedDifference(columns.truth, accuracies, first));
  judged["regret_of_6"] = RankRegret(columns.truth, accuracies, kFinalists);
  judged["below_smallest"] = static_cast<double>(below) / static_cast<double>(all.size());
  judged["largest"] = result.at("inherited").at("largest");
  judged["smallest"] = smallest;
  judged["macs_images"] = result.at("inherited").at("macs_images");
  return judged;
}

Expected<ordered_json> Judge(const std::string& truth_path, const std::vector<std::string>& paths) {
  const auto truth = ReadRankNetworks(truth_path);
  if (!truth) return truth.error();
  const Columns columns = ColumnsOf(*truth);
  ordered_json report = {{"networks", columns.networks.size()},
                         {"noise", NoiseOf(*truth)},
                         {"macs", ToJson(AgreementWith(columns.truth, columns.macs))},
                         {"parameters", ToJson(AgreementWith(columns.truth, columns.parameters))}};
  std::vector<double> first;
  for (const std::string& path : paths) {
    const auto text = ReadFile(path);
    if (!text) return text.error();
    const auto result = ordered_json::parse(*text);
    if (first.empty()) first = Of(columns, Inherited(result));
    report["supernets"].push_back(Judged(columns, result, first));
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
