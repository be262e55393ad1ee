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

}  // namespace

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
  std::vector<RankNetwork> networks;
  if (!std::filesystem::exists(path)) return networks;
  const auto text = ReadFile(path);
  if (!text) return text.error();
  const auto json = ordered_json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.contains("networks"))
    return Error{ErrorCode::kCorrupt, path + ": not a file of the rank benchmark"};
  for (const ordered_json& entry : json["networks"]) {
    RankNetwork network;
    auto architecture = ArchitectureFromJson(entry.at("architecture").dump());
    if (!architecture) return architecture.error().WithContext(path);
    network.architecture = std::move(*architecture);
    network.macs = entry.at("macs");
    network.parameters = entry.at("parameters");
    network.accuracies = entry.at("accuracies").get<std::vector<double>>();
    network.seconds = entry.at("seconds");
    networks.push_back(std::move(network));
  }
  return networks;
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
