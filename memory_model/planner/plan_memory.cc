#include "memory_model/planner/plan_memory.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "common/check.h"
#include "memory_model/alignment.h"
#include "memory_model/judge/validate_plan.h"
#include "memory_model/planner/group_layout.h"
#include "memory_model/planner/plan_graph.h"
#include "memory_model/scratch.h"

namespace mcunas {
namespace {

constexpr int64_t kUnbounded = INT64_MAX;

int64_t LayerwiseMacs(const StreamFacts& facts) {
  int64_t macs = 0;
  for (const OperatorFacts& op : facts.operators) macs += op.macs_per_pixel * op.height * op.width;
  return macs;
}

// The smallest arena without recompute; `graph` gets the groups that such plans may need, those of
// at most `bound` bytes too.
int64_t SolveWithoutRecompute(const PlanModes& modes, int64_t bound, PlanGraph* graph) {
  graph->AddLayerwise(kUnbounded);
  const auto limit = [&] {
    const int64_t least = *graph->LeastPeak();
    return bound > 0 ? std::max(least, bound) : least;
  };
  if (modes.row_stream) {
    graph->AddRowStreams(limit());
    graph->AddSegments(modes.smallest_segment, *graph->LeastPeak());
  }
  if (modes.channel_tiles) graph->AddChannelTiles(limit());
  return *graph->LeastPeak();
}

void AddRecompute(const PlanModes& modes, int64_t bound, PlanGraph* graph) {
  if (modes.strips) graph->AddStrips(bound);
  if (modes.patches) graph->AddPatches(bound);
}

double MacsFactor(int64_t executed, int64_t layerwise) {
  return layerwise > 0 ? static_cast<double>(executed) / static_cast<double>(layerwise) : 1.0;
}

int64_t MacLimit(int64_t macs, double factor) {
  if (factor <= 0) return kUnbounded;
  // A factor that a plan has said leads back to its own MACs, whatever the rounding.
  return static_cast<int64_t>(std::floor(static_cast<double>(macs) * factor + 1e-3));
}

// Every path on the front, most bytes first.
std::vector<PlanPath> Front(PlanGraph& graph, const PlanModes& modes, int64_t least,
                            int64_t mac_limit) {
  std::vector<PlanPath> front = {*graph.Cheapest(least)};
  AddRecompute(modes, least - 1, &graph);
  while (true) {
    // A smaller peak that rounds to the same arena is worth nothing.
    const int64_t arena = RoundUp(front.back().peak, kArenaAlignment);
    std::optional<PlanPath> next = graph.Cheapest(arena - kArenaAlignment);
    if (!next || next->macs > mac_limit) return front;
    if (next->macs <= front.back().macs) front.pop_back();
    front.push_back(*std::move(next));
  }
}

PlanPath Choose(const StreamFacts& facts, const PlanOptions& options, int64_t sram) {
  PlanGraph graph(facts, options.input_mode);
  const int64_t macs = LayerwiseMacs(facts);
  const int64_t mac_limit = std::max(macs, MacLimit(macs, options.max_macs_factor));
  const int64_t least = SolveWithoutRecompute(options.modes, sram, &graph);
  if (sram >= least) return *graph.Cheapest(sram);
  if (mac_limit == macs) return *graph.Cheapest(least);
  if (sram == 0) return Front(graph, options.modes, least, mac_limit).back();
  AddRecompute(options.modes, sram, &graph);
  if (auto path = graph.Cheapest(sram); path && path->macs <= mac_limit) return *std::move(path);
  return Front(graph, options.modes, least, mac_limit).back();
}

// A planner that breaks its own laws is a bug, not a bad network.
[[maybe_unused]] void CheckPlan(const Network& network, const ExecutionPlan& plan) {
  const std::vector<PlanViolation> violations = ValidatePlan(network, plan);
  MCUNAS_CHECK(violations.empty(), violations.empty() ? std::string() : violations[0].message);
}

// Bytes that the arena may take within options.sram; 0 where there is no limit.
int64_t ArenaLimit(const Network& network, const PlanOptions& options) {
  if (options.sram.value <= 0) return 0;
  const int64_t room = options.sram.value - NetworkScratchBytes(network);
  return std::max<int64_t>(1, room / kArenaAlignment * kArenaAlignment);
}

}  // namespace

ExecutionPlan PlanMemory(const Network& network, const PlanOptions& options) {
  const StreamFacts facts = ComputeStreamFacts(network);
  const PlanPath path = Choose(facts, options, ArenaLimit(network, options));
  ExecutionPlan plan = LayOut(facts, options.input_mode, path.groups);
  plan.scratch = Bytes(NetworkScratchBytes(network));
  plan.macs_factor = MacsFactor(path.macs, LayerwiseMacs(facts));
#ifndef NDEBUG
  CheckPlan(network, plan);
#endif
  return plan;
}

std::vector<ParetoPoint> PlanPareto(const Network& network, const PlanOptions& options) {
  const StreamFacts facts = ComputeStreamFacts(network);
  PlanGraph graph(facts, options.input_mode);
  const int64_t macs = LayerwiseMacs(facts);
  const int64_t least = SolveWithoutRecompute(options.modes, 0, &graph);
  const int64_t mac_limit = std::max(macs, MacLimit(macs, options.max_macs_factor));
  std::vector<ParetoPoint> points;
  for (const PlanPath& path : Front(graph, options.modes, least, mac_limit))
    points.push_back({Bytes(RoundUp(path.peak, kArenaAlignment)), MacsFactor(path.macs, macs)});
  return points;
}

bool FitsArena(const Network& network, Bytes arena, const PlanOptions& options) {
  const StreamFacts facts = ComputeStreamFacts(network);
  PlanGraph graph(facts, options.input_mode);
  const int64_t bound = arena.value / kArenaAlignment * kArenaAlignment;
  graph.AddLayerwise(bound);
  if (graph.LeastPeak()) return true;
  if (options.modes.channel_tiles) graph.AddChannelTiles(bound);
  if (options.modes.row_stream) graph.AddRowStreams(bound);
  if (graph.LeastPeak()) return true;
  if (options.modes.row_stream) graph.AddSegments(options.modes.smallest_segment, bound);
  if (graph.LeastPeak()) return true;
  if (options.max_macs_factor == 1.0) return false;
  AddRecompute(options.modes, bound, &graph);
  const int64_t macs = LayerwiseMacs(facts);
  const std::optional<PlanPath> path = graph.Cheapest(bound);
  return path && path->macs <= std::max(macs, MacLimit(macs, options.max_macs_factor));
}

Bytes SmallestArena(const Network& network, const PlanOptions& options) {
  const StreamFacts facts = ComputeStreamFacts(network);
  const int64_t peak = Choose(facts, options, ArenaLimit(network, options)).peak;
  return Bytes(RoundUp(peak, kArenaAlignment));
}

}  // namespace mcunas
