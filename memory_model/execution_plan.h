// ExecutionPlan: in which order rows are computed and where every byte lives.
//
// Everything is a row. A tensor is a ring of rows; a full tensor is a ring with H rows. A group is
// a run of operators executed row by row together; layer-by-layer execution is one group per
// operator. Tensor t of the network (kNetworkInput = -1, operator outputs from 0) is tensors[t +
// 1].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/units.h"

namespace mcunas {

enum class GroupMode {
  kLayerwise,  // one operator, whole output; output may overlap the dying input
  kRowStream,  // operators of the group advance together, inner tensors are rings
};

struct PlanGroup {
  int first = 0;  // operators [first, last)
  int last = 0;
  GroupMode mode = GroupMode::kLayerwise;
  int n_strips = 1;  // vertical strips; 1 = no recompute
};

enum class InputMode {
  kResident,    // the caller's image lies in the arena
  kStreamed,    // rows come once, top to bottom
  kRereadable,  // rows may be asked for again
};

// Bytes [offset, offset + ring_rows * row_bytes) of the arena. Row y lives at
// offset + (y % ring_rows) * row_bytes.
struct TensorPlacement {
  int64_t offset = 0;
  int ring_rows = 0;
  int64_t row_bytes = 0;
  int region = 0;  // index into the board's SRAM regions

  int64_t size() const { return ring_rows * row_bytes; }
};

struct ExecutionPlan {
  std::vector<PlanGroup> groups;         // cover the operators in order, without gaps
  std::vector<TensorPlacement> tensors;  // [0] = network input, [i + 1] = output of operator i
  InputMode input_mode = InputMode::kResident;
  Bytes arena;    // activations
  Bytes scratch;  // largest kernel scratch; lies behind the activations in the same buffer
  // No layout of these groups uses less: the larger of the max over time of live bytes (overlap
  // counted once) and of what the one-way overlaps of consecutive tensors force
  // (memory_model/live_bound.h).
  Bytes live_bound;
  double macs_factor = 1.0;  // MACs of this plan / layer-by-layer MACs
  int peak_operator = 0;     // where the arena is fullest
};

}  // namespace mcunas
