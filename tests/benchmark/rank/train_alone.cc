// The truth of the rank benchmark: every network of the sample trained alone from random weights,
// TWICE of them, spread over the sample, a second time with another seed. Not a test.
//
// Usage: rank_train_alone space.yaml TRUTH.json NETWORKS TWICE [KEY=VALUE...]
// Writes TRUTH.json after every network; goes on where it was stopped.
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "cli/run/experiment.h"
#include "rank_networks.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

double ProcessorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Expected<double> TrainAlone(SupernetService* supernet, const WeightsRecipe& recipe,
                            const Architecture& architecture) {
  const StopToken stop;
  const auto network = supernet->Extract(architecture, recipe, stop);
  if (!network) return network.error();
  const auto score = supernet->FloatScore(*network, DataSplit::kTest);
  if (!score) return score.error();
  return score->score;
}

// 0, n/2, n/4, 3n/4, ...: wherever it is cut off, what came before is spread over all n.
std::vector<size_t> Halving(size_t n) {
  size_t power = 1;
  while (power < n) power *= 2;
  std::vector<size_t> order = {0};
  for (size_t step = power / 2; step > 0; step /= 2) {
    for (size_t i = step; i < n; i += 2 * step) order.push_back(i);
  }
  return order;
}

// Gives `count` networks, evenly spread over `truth`, their accuracy number `wanted`, where that is
// missing.
Expected<void> TrainAll(const ExperimentConfig& config, const std::string& path, size_t count,
                        size_t wanted, std::vector<RankNetwork>* truth) {
  auto supernet = LoadSupernet({config.data, config.supernet, config.space, wanted, ""});
  if (!supernet) return supernet.error();
  const WeightsRecipe recipe = {WeightsRecipe::Start::kRandom, config.evaluate.fine_tune.epochs, 1};
  for (const size_t i : Halving(count)) {
    const size_t place = i * truth->size() / count;
    RankNetwork& network = (*truth)[place];
    if (network.accuracies.size() >= wanted) continue;
    const double start = ProcessorSeconds();
    const auto accuracy = TrainAlone(supernet->get(), recipe, network.architecture);
    if (!accuracy) return accuracy.error();
    network.accuracies.push_back(*accuracy);
    network.seconds += ProcessorSeconds() - start;
    if (auto written = WriteRankNetworks(path, *truth); !written) return written.error();
    std::cerr << place << ": " << network.macs << " MAC, " << *accuracy << "\n";
  }
  return {};
}

Expected<void> Run(const ExperimentConfig& config, const std::string& path, size_t networks,
                   size_t twice) {
  auto truth = ReadRankNetworks(path);
  if (!truth) return truth.error();
  if (truth->empty()) *truth = RankSample(config, networks);
  if (auto once = TrainAll(config, path, truth->size(), 1, &*truth); !once) return once;
  return TrainAll(config, path, twice, 2, &*truth);
}

int Main(int argc, char** argv) {
  if (argc < 5 || std::atoll(argv[3]) < std::atoll(argv[4]) || std::atoll(argv[4]) < 1) {
    std::cerr << "usage: rank_train_alone space.yaml TRUTH.json NETWORKS TWICE [KEY=VALUE...]\n";
    return 2;
  }
  const auto config = LoadExperiment(argv[1], {argv + 5, argv + argc});
  if (!config) {
    std::cerr << config.error().message << "\n";
    return 2;
  }
  const auto done = Run(*config, argv[2], static_cast<size_t>(std::atoll(argv[3])),
                        static_cast<size_t>(std::atoll(argv[4])));
  if (!done) std::cerr << "error: " << done.error().message << "\n";
  return done ? 0 : 1;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
