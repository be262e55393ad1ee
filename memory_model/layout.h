// Offsets for tensors with pairwise rules: the layout problem of PlanMemory, free of networks.
//
// Items are numbered in order of creation. A conflict speaks of two items that share a moment of
// life: the later one may start at (earlier offset - down) or lower, at (earlier offset + earlier
// size) or higher, or exactly at the earlier offset where `alias` holds. Two plain neighbours have
// down = size of the later item.
#pragma once

#include <cstdint>
#include <vector>

namespace mcunas {

struct LayoutConflict {
  int earlier = 0;
  int64_t down = 0;
  bool alias = false;
};

struct LayoutItem {
  int64_t size = 0;                       // > 0, a multiple of the alignment of all offsets
  std::vector<LayoutConflict> conflicts;  // with earlier items
};

struct Layout {
  std::vector<int64_t> offsets;  // one per item, >= 0
  int64_t arena = 0;             // max of offset + size
};

// The best layout found; never below `bound`, which must be a lower bound and equal it where the
// search meets it. Method: depth-first search in order of creation over the offsets that touch a
// live item or an end of the arena, failing states remembered, first at `bound`, then bisecting
// towards the best of two first-fit layouts (by creation, by size; lowest offset first).
// Deterministic.
Layout SolveLayout(const std::vector<LayoutItem>& items, int64_t bound, int64_t granularity);

}  // namespace mcunas
