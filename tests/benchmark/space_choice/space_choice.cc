// Seconds of one core for the space optimisation of TinyNAS: 108 spaces of 1000 networks each, and
// where they go. Usage: space_choice [SAMPLES]. Prints JSON. Not a test: build with optimisation,
// run alone.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/random.h"
#include "memory_model/board_profile.h"
#include "memory_model/planner/estimate.h"
#include "nas/evaluate/board_memory.h"
#include "nas/evaluate/space_choice.h"
#include "nas/space/architecture.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "nas/space/task_shape.h"
#include "nas/space/variation.h"
#include "network/operator_counts.h"

namespace mcunas {
namespace {

double ProcessorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// configs/experiments/tinynas-f746.yaml.
SpaceConfig TinyNasSpace() {
  SpaceConfig space;
  space.kernel = {3, 5, 7};
  space.expand = {3, 4, 6};
  space.depth = {2, 3, 4};
  space.stem_channels = 32;
  space.stem_stride = 2;
  space.channel_multiple = 8;
  space.stages = {{24, 2}, {40, 2}, {80, 2}, {96, 1}, {192, 2}, {320, 1}};
  return space;
}

// Microseconds per network of one step, over the whole grid.
template <typename Step>
double Microseconds(const std::vector<Network>& networks, Step step) {
  const double start = ProcessorSeconds();
  int64_t sum = 0;
  for (const Network& network : networks) sum += step(network);
  const double spent = ProcessorSeconds() - start;
  if (sum == 42) std::cerr << "\n";  // the results are used
  return 1e6 * spent / static_cast<double>(networks.size());
}

nlohmann::ordered_json Steps(const SpaceConfig& space, const TaskShape& task,
                             const SpaceChoiceOptions& options) {
  constexpr int kPerSpace = 8;
  std::vector<Network> networks;
  SpaceConfig one = space;
  const SpaceGrid grid = TinyNasGrid();
  double start = ProcessorSeconds();
  std::vector<Architecture> architectures;
  for (const double width : grid.width) {
    for (const Resolution& resolution : grid.resolution) {
      one.width = {width};
      one.resolution = {resolution};
      for (int i = 0; i < kPerSpace; ++i) {
        RandomStream random(options.seed, "steps", std::to_string(i));
        architectures.push_back(Sample(one, &random));
      }
    }
  }
  const auto per_network = [&] {
    return 1e6 * (ProcessorSeconds() - start) / static_cast<double>(architectures.size());
  };
  nlohmann::ordered_json json;
  json["sample"] = per_network();
  start = ProcessorSeconds();
  for (const Architecture& a : architectures) networks.push_back(Lower(space, task, a));
  json["lower"] = per_network();
  json["macs"] = Microseconds(networks, [](const Network& n) { return NetworkMacs(n).value; });
  json["flash"] = Microseconds(networks, [](const Network& n) { return FlashBytes(n).value; });
  json["layerwise_peak"] =
      Microseconds(networks, [](const Network& n) { return EstimatePeak(n).value; });
  json["fits_sram"] = Microseconds(networks, [&](const Network& n) {
    return int64_t{FitsSram(n, options.plan, options.limits)};
  });
  const PlanOptions plan = OptionsOf(options.plan);
  json["smallest_arena"] =
      Microseconds(networks, [&](const Network& n) { return SmallestArena(n, plan).value; });
  return json;
}

int Main(int64_t samples) {
  const SpaceConfig space = TinyNasSpace();
  const TaskShape task{3, 1000};
  SpaceChoiceOptions options;
  options.samples = samples;
  options.plan.input = InputMode::kStreamed;
  options.limits = {KiB(320), KiB(1024), {}};  // STM32F746
  nlohmann::ordered_json json = {{"benchmark", "space_choice"},
                                 {"threads", 1},
                                 {"time", "processor"},
                                 {"samples_per_space", samples}};
  const double start = ProcessorSeconds();
  const auto choice = ChooseSpace(space, task, TinyNasGrid(), options);
  const double seconds = ProcessorSeconds() - start;
  if (!choice) return 1;
  const auto networks = static_cast<double>(samples) * static_cast<double>(choice->spaces.size());
  json["spaces"] = choice->spaces.size();
  json["seconds"] = seconds;
  json["microseconds_per_network"] = 1e6 * seconds / networks;
  int64_t fitting = 0;
  for (const SpaceSample& s : choice->spaces) fitting += static_cast<int64_t>(s.macs.size());
  json["fitting"] = fitting;
  json["chosen"] = {{"width", choice->best().width},
                    {"resolution", choice->best().resolution.height},
                    {"mean_macs", choice->best().mean_macs()}};
  json["steps_microseconds_per_network"] = Steps(space, task, options);
  std::cout << json.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  const int64_t samples = argc > 1 ? std::atoll(argv[1]) : 1000;
  return mcunas::Main(samples > 0 ? samples : 1000);
}
