// Memory-model evaluations per second, as JSON on standard output.
//   memory_model_speed [FOLDER WITH NETWORK JSON]
// Without a folder: MCUNAS_DATA/networks; where neither is there, two built-in networks.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "memory_model/memory_model.h"
#include "memory_model/planner/estimate.h"
#include "memory_model/planner/plan_memory.h"
#include "network/json_read.h"
#include "network/network_builder.h"

namespace mcunas {
namespace {

// MobileNetV2-like: inverted bottlenecks with residuals.
Network BuiltIn(const std::string& name, int resolution, int blocks) {
  NetworkBuilder b(name, {resolution, resolution, 3});
  int last = b.Conv(kNetworkInput, 16, {3, 3}, {2, 2}, Activation::kRelu6);
  for (int i = 0; i < blocks; ++i) {
    const int stride = i % 4 == 0 && b.shape(last).height > 4 ? 2 : 1;
    const int channels = stride == 2 ? b.shape(last).channels + 8 : b.shape(last).channels;
    const int expand = b.Pointwise(last, b.shape(last).channels * 6, Activation::kRelu6);
    const int depthwise = b.Depthwise(expand, {3, 3}, Extent(stride), Activation::kRelu6);
    const int project = b.Pointwise(depthwise, channels, Activation::kNone);
    last = stride == 1 ? b.Add(project, last) : project;
  }
  b.FullyConnected(b.GlobalAveragePool(last), 10);
  return std::move(b).Finish();
}

std::vector<Network> LoadNetworks(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Network> networks;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    Expected<Network> network = NetworkFromJson(text.str(), path.string());
    if (network.ok()) networks.push_back(*std::move(network));
  }
  if (networks.empty())
    networks = {BuiltIn("built-in-13", 96, 13), BuiltIn("built-in-17", 160, 17)};
  return networks;
}

// Calls per second of processor time (other processes do not count), measured over at least
// `seconds`; `sum` keeps the results alive.
template <typename Work>
double Rate(double seconds, int64_t* sum, const Work& work) {
  const std::clock_t start = std::clock();
  int64_t calls = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    for (int i = 0; i < 16; ++i) *sum += work();
    calls += 16;
    elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  return static_cast<double>(calls) / elapsed;
}

void PrintNetworkRow(const Network& network, bool last) {
  int64_t sum = 0;
  const double estimates = Rate(0.3, &sum, [&] { return EstimatePeak(network).value; });
  PlanOptions any;
  any.input_mode = InputMode::kRereadable;
  any.max_macs_factor = 0;
  PlanOptions streamed;
  streamed.input_mode = InputMode::kStreamed;
  const ExecutionPlan plan = PlanMemory(network, streamed);
  const double plans = Rate(0.3, &sum, [&] { return PlanMemory(network, streamed).arena.value; });
  const double fronts =
      Rate(0.5, &sum, [&] { return static_cast<int64_t>(PlanPareto(network, any).size()); });
  const double questions =
      Rate(0.3, &sum, [&] { return int64_t{FitsArena(network, plan.arena * 2, streamed)}; });
  const double reports = Rate(0.1, &sum, [&] { return ReportMemory(network, plan).total.value; });
  std::cout << "  {\"network\": \"" << network.name
            << "\", \"operators\": " << network.operators.size()
            << ", \"arena_bytes\": " << plan.arena.value
            << ", \"live_bound_bytes\": " << plan.live_bound.value
            << ", \"scratch_bytes\": " << plan.scratch.value
            << ", \"estimates_per_second\": " << static_cast<int64_t>(estimates)
            << ", \"plans_per_second\": " << static_cast<int64_t>(plans)
            << ", \"pareto_fronts_per_second\": " << static_cast<int64_t>(fronts)
            << ", \"fits_per_second\": " << static_cast<int64_t>(questions)
            << ", \"reports_per_second\": " << static_cast<int64_t>(reports)
            << ", \"checksum\": " << sum % 97 << "}" << (last ? "\n" : ",\n");
}

int Main(int argc, char** argv) {
  const char* data = std::getenv("MCUNAS_DATA");
  std::filesystem::path folder;
  if (data) folder = std::filesystem::path(data) / "networks";
  if (argc > 1) folder = argv[1];
  const std::vector<Network> networks = LoadNetworks(folder);
  std::cout << "{\"benchmark\": \"memory_model_speed\", \"threads\": 1, \"time\": \"processor\", "
               "\"networks\": [\n";
  for (size_t i = 0; i < networks.size(); ++i)
    PrintNetworkRow(networks[i], i + 1 == networks.size());
  std::cout << "]}\n";
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
