// supernet_benchmark CONFIG [key=value ...]: times training steps of the sections data, space and
// supernet of an experiment-like file and prints JSON. tests/benchmark/supernet_throughput.py runs
// it. supernet_benchmark --kernels times single layers instead.
#include <malloc.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "common/config_read.h"
#include "nas/space/architecture.h"
#include "nas/space/enumerate.h"
#include "supernet/internal/trainer.h"
#include "supernet/supernet_service.h"
#include "tests/benchmark/supernet/kernel_benchmark.h"

namespace mcunas {
namespace {

constexpr int64_t kWarmUpSteps = 3;
constexpr int64_t kSteps = 15;  // timed

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void PrintArchitectures(const Trainer& trainer) {
  std::printf(" \"steps\": [");
  for (int64_t step = 0; step < kWarmUpSteps + kSteps; ++step) {
    std::printf("%s\n  [", step == 0 ? "" : ",");
    const char* separator = "";
    for (const Architecture& architecture : trainer.NetworksOf(step)) {
      std::printf("%s%s", separator, ArchitectureToJson(architecture).c_str());
      separator = ", ";
    }
    std::printf("]");
  }
  std::printf("\n ]\n}\n");
}

int Run(const SupernetRequest& request) {
  const auto data = LoadTaskData(request.data, Largest(request.space).resolution, request.seed);
  if (!data) {
    std::fprintf(stderr, "%s\n", data.error().message.c_str());
    return 2;
  }
  const ElasticLayers layers(request.space, data->task.shape, request.supernet.kernel_transform);
  TrainTask task;
  task.layers = &layers;
  task.data = &*data;
  task.space = &request.space;
  task.config = request.supernet;
  task.seed = request.seed;
  Trainer trainer(task);
  TrainState state{layers.Initial(request.seed), at::zeros({layers.total()}),
                   at::zeros({layers.total()})};
  StopToken stop;
  double wall = 0, cpu = 0, fastest = 1e30, last = 0;
  int64_t images = 0;
  const auto observe = [&](const StepReport& report, const TrainState&) -> Expected<void> {
    const double now = WallSeconds();
    if (report.step > kWarmUpSteps) fastest = std::min(fastest, now - last);
    last = now;
    if (report.step == kWarmUpSteps) wall = now, cpu = CpuSeconds();
    if (report.step > kWarmUpSteps) images += report.images;
    if (report.step == kWarmUpSteps + kSteps) stop.RequestStop();
    return {};
  };
  const auto done = trainer.Run(&state, stop, observe);
  if (!done && done.error().code != ErrorCode::kInterrupted) return 1;
  wall = WallSeconds() - wall;
  cpu = CpuSeconds() - cpu;
  const auto n = static_cast<double>(images);
  std::printf(
      "{\"images_per_second\": %.2f, \"images_per_cpu_second\": %.2f, "
      "\"fastest_step_images_per_second\": %.2f, \"threads\": %d,\n",
      n / wall, n / cpu, n / kSteps / fastest, at::get_num_threads());
  PrintArchitectures(trainer);
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  using namespace mcunas;
  if (argc < 2) {
    std::fprintf(stderr, "usage: supernet_benchmark CONFIG [key=value ...] | --kernels\n");
    return 2;
  }
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  if (std::string_view(argv[1]) == "--kernels") {
    PrintKernelTimes();
    return 0;
  }
  SupernetRequest request;
  const std::vector<std::string> overrides(argv + 2, argv + argc);
  const auto read = LoadConfig(argv[1], overrides, [&](ConfigVisitor& v) {
    v.Section("data", {}, [&](ConfigVisitor& inner) { Describe(inner, request.data); });
    v.Section("space", {}, [&](ConfigVisitor& inner) { Describe(inner, request.space); });
    v.Section("supernet", {}, [&](ConfigVisitor& inner) { Describe(inner, request.supernet); });
  });
  if (!read) {
    std::fprintf(stderr, "%s\n", read.error().message.c_str());
    return 2;
  }
  if (request.supernet.threads > 0) at::set_num_threads(static_cast<int>(request.supernet.threads));
  return Run(request);
}
