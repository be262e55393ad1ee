// How good the strategies are at equal numbers of evaluations: mean regret within 40M MACs and
// hypervolume of the whole table, NAS-Bench-Macro (MCUNAS_DATA) and the made-up table of the tests.
// Usage: search_quality [SEEDS [STRATEGY...]]. Prints JSON. Not a test; deterministic but for the
// seconds.
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "common/log.h"
#include "nas/search/strategy.h"
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

int Main(int seeds, std::vector<std::string> strategies) {
  SetLogLevel(LogLevel::kWarning);
  if (strategies.empty()) strategies = StrategyNames();
  ordered_json json = {{"benchmark", "search_quality"}, {"seeds", seeds}};
  if (const auto rows = testing::NasBenchMacro()) {
    json["nas_bench_macro"] = Quality(*rows, strategies, seeds);
  }
  json["made_up"] = Quality(testing::MadeUpRows(), strategies, seeds);
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 60;
  return mcunas::Main(seeds > 0 ? seeds : 60, {argv + std::min(argc, 2), argv + argc});
}
