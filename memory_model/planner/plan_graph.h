// The planner's graph: nodes are positions between operators, an edge (i, j, mode) is a group. A
// plan is a path from 0 to L; its arena is the largest peak of its edges, its MACs are their sum.
// So the least peak is a bottleneck shortest path, and the fewest MACs below a peak an ordinary
// one: both exact, O(edges).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "memory_model/planner/group_scan.h"

namespace mcunas {

struct PlanEdge {
  PlanGroup group;
  GroupCost cost;
};

struct PlanPath {
  std::vector<PlanGroup> groups;
  int64_t peak = 0;
  int64_t macs = 0;
  int64_t overhead = 0;
};

class PlanGraph {
 public:
  explicit PlanGraph(const StreamFacts& facts, InputMode input_mode)
      : facts_(facts), scan_(facts, input_mode), by_last_(facts.operators.size() + 1) {}

  // Each adds the groups of one kind whose peak is at most `bound`.
  void AddLayerwise(int64_t bound);
  void AddRowStreams(int64_t bound);
  void AddSegments(int smallest, int64_t bound);
  void AddStrips(int64_t bound);
  void AddPatches(int64_t bound);
  void AddChannelTiles(int64_t bound);

  // Smallest peak of any path; nothing where there is no path.
  std::optional<int64_t> LeastPeak() const;
  // Fewest MACs, then least overhead, among the paths whose peak is at most `bound`.
  std::optional<PlanPath> Cheapest(int64_t bound) const;

 private:
  void AddVariant(int last, const PlanGroup& variant, int64_t bound);

  const StreamFacts& facts_;
  GroupScan scan_;
  std::vector<std::vector<PlanEdge>> by_last_;  // edges that end at node j
};

}  // namespace mcunas
