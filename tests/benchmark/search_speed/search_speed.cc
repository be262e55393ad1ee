// Candidates per second through ask -> lower -> hash -> memory model -> limits -> tell, on one
// thread. Usage: search_speed [SECONDS]. Prints JSON. Not a test: build with optimisation, run
// alone.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "nas/evaluate/board_memory.h"
#include "nas/search/candidate_source.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"

namespace mcunas {
namespace {

struct Speed {
  int64_t candidates = 0;
  int64_t feasible = 0;
  double seconds = 0;
};

// Rounds of one population, told with an accuracy that costs nothing.
Speed Measure(const SpaceConfig& space, const std::string& algorithm, double budget_seconds) {
  SearchConfig config;
  config.algorithm = algorithm;
  config.objectives = {{"accuracy", Direction::kMax}, {"sram_bytes", Direction::kMin}};
  const BoardMemoryEvaluator memory(space, {}, {KiB(64), KiB(256), {}});
  Speed speed;
  const std::clock_t start = std::clock();  // processor time: other processes do not count
  // A new search every 2000 candidates: the size of a real one.
  for (config.seed = 1; speed.seconds < budget_seconds; ++config.seed) {
    CandidateCosts costs(space, {}, memory, nullptr);
    const auto strategy = MakeStrategy({space, config, {}, costs});
    CandidateSource source(space, {}, static_cast<uint64_t>(config.seed), *strategy, memory);
    while (source.distinct() < 2000 && speed.seconds < budget_seconds) {
      std::vector<CandidateRecord> told;
      for (Draw& draw : source.Next(static_cast<int>(config.population), 0)) {
        ++speed.candidates;
        if (!draw.record.usable()) continue;
        draw.record.metrics[metric::kAccuracy].value =
            1e-9 * static_cast<double>(draw.record.hash.low % 1000);
        told.push_back(std::move(draw.record));
      }
      speed.feasible += static_cast<int64_t>(told.size());
      strategy->Tell(told);
      speed.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    }
  }
  return speed;
}

int Main(double seconds) {
  SpaceConfig space;  // MCUNet-like: three kernels, three expansions, depth 2 to 4
  space.width = {0.5, 0.75, 1.0};
  space.resolution = {32, 48, 64};
  space.depth = {2, 3, 4};
  nlohmann::ordered_json json = {{"benchmark", "search_speed"},
                                 {"unit", "candidates/s"},
                                 {"space_size", SpaceSize(space)},
                                 {"threads", 1},
                                 {"time", "processor"}};
  for (const char* algorithm : {"nsga2", "aging", "random"}) {
    const Speed speed = Measure(space, algorithm, seconds);
    json["results"][algorithm] = {
        {"candidates_per_second", static_cast<double>(speed.candidates) / speed.seconds},
        {"candidates", speed.candidates},
        {"feasible", speed.feasible},
        {"seconds", speed.seconds}};
  }
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  return mcunas::Main(seconds > 0 ? seconds : 5);
}
