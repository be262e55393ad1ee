#include "rank_networks.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "cli/run/experiment.h"
#include "common/file.h"
#include "common/random.h"
#include "nas/space/lower.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "network/network.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;

constexpr TaskShape kTask = {3, 10};
constexpr size_t kDrawsPerNetwork = 4;

RankNetwork Counted(const ExperimentConfig& config, const Architecture& architecture) {
  const Network network = Lower(config.space, kTask, architecture);
  RankNetwork counted;
  counted.architecture = architecture;
  counted.macs = NetworkMacs(network).value;
  for (const Operator& op : network.operators)
    counted.parameters += OperatorWeights(op) + OperatorBiases(op);
  return counted;
}

// Throws what the JSON library throws.
RankNetwork NetworkOf(const ordered_json& entry) {
  auto architecture = ArchitectureFromJson(entry.at("architecture").dump());
  if (!architecture)
    throw ordered_json::other_error::create(0, architecture.error().message, &entry);
  RankNetwork network;
  network.architecture = std::move(*architecture);
  network.macs = entry.at("macs");
  network.parameters = entry.at("parameters");
  network.accuracies = entry.at("accuracies").get<std::vector<double>>();
  network.seconds = entry.at("seconds");
  return network;
}

}  // namespace

std::vector<double> RankColumns::Of(const std::vector<double>& all) const {
  std::vector<double> values;
  for (const size_t i : networks) values.push_back(all.at(i));
  return values;
}

RankColumns ColumnsOf(const std::vector<RankNetwork>& networks) {
  RankColumns columns;
  for (size_t i = 0; i < networks.size(); ++i) {
    const std::vector<double>& accuracies = networks[i].accuracies;
    if (accuracies.empty()) continue;
    columns.networks.push_back(i);
    columns.truth.push_back(std::accumulate(accuracies.begin(), accuracies.end(), 0.0) /
                            static_cast<double>(accuracies.size()));
    columns.macs.push_back(static_cast<double>(networks[i].macs));
    columns.parameters.push_back(static_cast<double>(networks[i].parameters));
  }
  return columns;
}

std::vector<RankNetwork> RankSample(const ExperimentConfig& config, size_t count) {
  std::vector<RankNetwork> drawn;
  std::set<std::string> seen;
  for (int64_t i = 0; drawn.size() < kDrawsPerNetwork * count; ++i) {
    RandomStream random(1, "rank benchmark", std::to_string(i));
    const Architecture architecture = Sample(config.space, &random);
    if (seen.insert(ArchitectureToJson(architecture)).second)
      drawn.push_back(Counted(config, architecture));
  }
  std::stable_sort(drawn.begin(), drawn.end(),
                   [](const RankNetwork& a, const RankNetwork& b) { return a.macs < b.macs; });
  std::vector<RankNetwork> sample;
  for (size_t i = 0; i < count; ++i)
    sample.push_back(drawn[kDrawsPerNetwork * i + kDrawsPerNetwork / 2]);
  return sample;
}

Expected<std::vector<RankNetwork>> ReadRankNetworks(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::vector<RankNetwork>();
  const auto text = ReadFile(path);
  if (!text) return text.error();
  try {
    const auto json = ordered_json::parse(*text);
    std::vector<RankNetwork> networks;
    for (const ordered_json& entry : json.at("networks")) networks.push_back(NetworkOf(entry));
    return networks;
  } catch (const ordered_json::exception& e) {
    return Error{ErrorCode::kCorrupt, path + ": not networks of the rank benchmark: " + e.what()};
  }
}

Expected<void> WriteRankNetworks(const std::string& path,
                                 const std::vector<RankNetwork>& networks) {
  std::string text = "{\"networks\": [\n";
  for (size_t i = 0; i < networks.size(); ++i) {
    const RankNetwork& network = networks[i];
    const ordered_json entry = {
        {"architecture", ordered_json::parse(ArchitectureToJson(network.architecture))},
        {"macs", network.macs},
        {"parameters", network.parameters},
        {"accuracies", network.accuracies},
        {"seconds", network.seconds}};
    text += entry.dump() + (i + 1 < networks.size() ? ",\n" : "\n");
  }
  return WriteFileAtomically(path, text + "]}\n");
}

}  // namespace mcunas
