// plan_sram: bytes of the arena that published networks take under our plans, beside TinyEngine's
// layer-wise total, as JSON on stdout. Deterministic; every plan is checked by the judge.
#include <cmath>
#include <cstdio>
#include <vector>

#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/plan_memory.h"
#include "tests/benchmark/published_networks.h"

namespace mcunas {
namespace {

struct Variant {
  const char* name;
  PlanOptions options;
};

PlanOptions Options(InputMode input, double factor, int segment) {
  PlanOptions options;
  options.input_mode = input;
  options.max_macs_factor = factor;
  options.modes.smallest_segment = segment;
  return options;
}

std::vector<Variant> Variants() {
  const int usual = PlanModes().smallest_segment;
  PlanOptions layerwise;
  layerwise.modes = PlanModes::LayerwiseOnly();
  return {{"layerwise_resident", layerwise},
          {"resident", Options(InputMode::kResident, 1.0, usual)},
          {"streamed", Options(InputMode::kStreamed, 1.0, usual)},
          {"streamed_whole_rows", Options(InputMode::kStreamed, 1.0, kMaxSide)},
          {"streamed_single_pixels", Options(InputMode::kStreamed, 1.0, 1)},
          {"rereadable_1.05", Options(InputMode::kRereadable, 1.05, usual)},
          {"rereadable_1.25", Options(InputMode::kRereadable, 1.25, usual)}};
}

// Prints one network; returns its streamed arena and scratch against TinyEngine, 0 if unknown.
double PrintNetworkRow(const PublishedNetwork& published, bool first) {
  const Network& network = published.network;
  std::printf("%s  {\"network\": \"%s\", \"tinyengine_bytes\": %lld", first ? "" : ",\n",
              network.name.c_str(), static_cast<long long>(published.tinyengine_bytes));
  double ratio = 0;
  size_t violations = 0;
  for (const Variant& variant : Variants()) {
    const ExecutionPlan plan = PlanMemory(network, variant.options);
    violations += ValidatePlan(network, plan).size();
    std::printf(", \"%s\": {\"arena_bytes\": %lld, \"macs_factor\": %.4f}", variant.name,
                static_cast<long long>(plan.arena.value), plan.macs_factor);
    if (variant.options.input_mode != InputMode::kStreamed || published.tinyengine_bytes == 0 ||
        variant.options.modes.smallest_segment != PlanModes().smallest_segment)
      continue;
    ratio = static_cast<double>((plan.arena + plan.scratch).value) /
            static_cast<double>(published.tinyengine_bytes);
    std::printf(", \"scratch_bytes\": %lld", static_cast<long long>(plan.scratch.value));
  }
  std::printf(", \"violations\": %zu}", violations);
  return ratio;
}

int Main() {
  std::printf("{\"benchmark\": \"plan_sram\", \"networks\": [\n");
  double logarithms = 0;
  int compared = 0;
  bool first = true;
  for (const PublishedNetwork& published : PublishedNetworks()) {
    const double ratio = PrintNetworkRow(published, first);
    first = false;
    if (ratio == 0) continue;
    logarithms += std::log(ratio);
    ++compared;
  }
  std::printf("\n], \"compared\": %d, \"geometric_mean_of_tinyengine\": %.4f}\n", compared,
              std::exp(logarithms / compared));
  return 0;
}

}  // namespace
}  // namespace mcunas

int main() { return mcunas::Main(); }
