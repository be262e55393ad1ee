// What every operator of a group covers in one tile: rules 2 to 4 of execution_plan.h, for the
// judge alone (the planner and the code generator have their own).
#pragma once

#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// The pixels that an operator works through: its output map, of global average pooling its input.
Shape WorkShape(const Operator& op);

// Whether an operator from `from` on, or the caller at the end, reads what operator `op` makes.
bool IsReadAfter(const Network& network, int op, int from);

// Half-open ranges of work pixels. Empty columns: nobody in the group reads the operator and the
// group is cut into strips.
struct TileExtent {
  int first_column = 0;
  int end_column = 0;
  int first_row = 0;
  int end_row = 0;  // behind the last row that a reader needs; in the last band the map's end
  int64_t pixels() const { return int64_t{end_column - first_column} * (end_row - first_row); }
};

// One extent per operator of the group, in order. Pre-condition: the group lies inside the network,
// strips and bands are at least 1 and at most the last operator's columns and rows.
std::vector<TileExtent> TileExtents(const Network& network, const PlanGroup& group, int band,
                                    int strip);

}  // namespace mcunas
