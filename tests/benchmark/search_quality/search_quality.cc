// How good the strategies are at equal numbers of evaluations: mean regret within 40M MACs and
// hypervolume of the whole table, NAS-Bench-Macro (MCUNAS_DATA) and the made-up table of the tests;
// and in a space of 10^16 networks with made-up accuracies, under a board's limits, the mean best
// accuracy and the hypervolume of accuracy, MACs and SRAM that the search itself reports.
// Usage: search_quality [SEEDS [STRATEGY...]]. Prints JSON. Not a test; deterministic but for the
// seconds.
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "common/log.h"
#include "nas/evaluate/board_memory.h"
#include "nas/search/strategy.h"
#include "nas/space/lower.h"
#include "network/operator_counts.h"
#include "tests/data/macro_table.h"

namespace mcunas {
namespace {

using nlohmann::ordered_json;
using testing::MacroRow;
using testing::MacroRows;
using testing::MacroTable;

constexpr double kMacLimit = 40e6;
constexpr size_t kRegretAt[] = {20, 30, 50, 100};
constexpr size_t kVolumeAt[] = {50, 100, 200};

SearchConfig Config(const std::string& algorithm, int seed) {
  SearchConfig config;
  config.algorithm = algorithm;
  config.population = 20;
  config.seed = seed;
  return config;
}

ordered_json Regret(const MacroRows& rows, const std::string& algorithm, int seeds) {
  MacroTable table(rows, kMacLimit);
  std::map<size_t, double> regret;
  for (int seed = 0; seed < seeds; ++seed) {
    SearchConfig config = Config(algorithm, seed);
    config.budget.evaluations = 100;
    config.objectives = {{metric::kAccuracy, Direction::kMax}};
    const auto evaluated = SearchTable(&table, config);
    for (const size_t at : kRegretAt) regret[at] += RegretAfter(table, evaluated, at) / seeds;
  }
  ordered_json json;
  for (const auto& [at, mean] : regret) json[std::to_string(at)] = mean;
  return json;
}

ordered_json Volume(const MacroRows& rows, const std::string& algorithm, int seeds) {
  MacroTable table(rows, std::numeric_limits<double>::infinity());
  std::map<size_t, double> volume;
  for (int seed = 0; seed < seeds; ++seed) {
    SearchConfig config = Config(algorithm, seed);
    config.budget.evaluations = 200;
    config.objectives = {{metric::kAccuracy, Direction::kMax}, {metric::kMacs, Direction::kMin}};
    const auto evaluated = SearchTable(&table, config);
    for (const size_t at : kVolumeAt) {
      const std::vector<MacroRow> first(evaluated.begin(),
                                        evaluated.begin() + static_cast<std::ptrdiff_t>(at));
      volume[at] += table.HypervolumeRatio(first) / seeds;
    }
  }
  ordered_json json;
  for (const auto& [at, mean] : volume) json[std::to_string(at)] = mean;
  return json;
}

ordered_json Quality(const MacroRows& rows, const std::vector<std::string>& strategies, int seeds) {
  ordered_json json;
  for (const std::string& name : strategies) {
    const std::clock_t start = std::clock();
    json[name]["regret"] = Regret(rows, name, seeds);
    json[name]["hypervolume"] = Volume(rows, name, seeds);
    json[name]["seconds"] = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  return json;
}

// MCUNet-like: three kernels, three expansions, depth 2 to 4.
SpaceConfig MobileNetSpace() {
  SpaceConfig space;
  space.width = {0.5, 0.75, 1.0};
  space.resolution = {32, 48, 64};
  space.depth = {2, 3, 4};
  return space;
}

// Saturates with the MACs; every choice of every block helps or hurts a little by chance, so does
// every pair of neighbouring blocks, and two trainings of one network differ by 0.3 points.
class MadeUpAccuracy : public ScoreEvaluator {
 public:
  Expected<std::vector<ScoreResult>> Evaluate(std::span<const Architecture> batch) override {
    std::vector<ScoreResult> results;
    for (const Architecture& a : batch) results.push_back({Of(a), 10000});
    return results;
  }

 private:
  static double Chance(const std::string& about) {
    return RandomStream(1, "made-up accuracy", about).Normal();
  }
  static double Of(const Architecture& a) {
    const double macs = static_cast<double>(NetworkMacs(Lower(MobileNetSpace(), {}, a)).value);
    double quality = 1.1 * std::log10(macs / 1e5);
    std::string before = "image";
    for (size_t s = 0; s < a.stages.size(); ++s) {
      for (size_t i = 0; i < a.stages[s].size(); ++i) {
        const BlockChoice& block = a.stages[s][i];
        const std::string here = std::to_string(s) + "." + std::to_string(i) + " " +
                                 std::to_string(block.kernel) + "x" +
                                 std::to_string(block.expansion);
        quality += 0.10 * Chance(here) + 0.03 * Chance(before + here);
        before = here;
      }
    }
    return 0.95 - 0.5 * std::exp(-quality) + 0.003 * Chance(ArchitectureToJson(a));
  }
};

ordered_json MobileNet(const std::string& algorithm, int seeds) {
  SearchSetup setup;
  setup.space = MobileNetSpace();
  setup.limits = {KiB(64), KiB(256), {}};
  const BoardMemoryEvaluator memory(setup.space, {}, setup.limits);
  std::map<std::string, double> means;
  for (int seed = 0; seed < seeds; ++seed) {
    setup.search = Config(algorithm, seed);
    setup.search.budget.evaluations = 200;
    setup.search.objectives = {{metric::kAccuracy, Direction::kMax},
                               {metric::kMacs, Direction::kMin},
                               {metric::kSram, Direction::kMin}};
    MadeUpAccuracy accuracy;
    MemoryStudy study;
    const StopToken stop;
    const auto result = RunSearch(setup, {&accuracy, &memory, nullptr, nullptr, &study}, stop);
    if (!result) throw std::runtime_error(result.error().message);
    for (const RoundRecord& round : result->rounds) {
      const std::string at = std::to_string(round.evaluated);
      if (at != "100" && at != "200") continue;
      means["accuracy @ " + at] += round.best_score / seeds;
      means["hypervolume @ " + at] += round.hypervolume / seeds;
    }
  }
  return means;
}

int Main(int seeds, std::vector<std::string> strategies) {
  SetLogLevel(LogLevel::kWarning);
  if (strategies.empty()) strategies = StrategyNames();
  ordered_json json = {{"benchmark", "search_quality"}, {"seeds", seeds}};
  if (const auto rows = testing::NasBenchMacro()) {
    json["nas_bench_macro"] = Quality(*rows, strategies, seeds);
  }
  json["made_up"] = Quality(testing::MadeUpRows(), strategies, seeds);
  for (const std::string& name : strategies) json["mobilenet"][name] = MobileNet(name, seeds);
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 60;
  return mcunas::Main(seeds > 0 ? seeds : 60, {argv + std::min(argc, 2), argv + argc});
}
