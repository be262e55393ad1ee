// The segments of one group, in the order in which they are computed: a second reading of
// execution_plan.h, from which brute force measures what a group needs.
#pragma once

#include <cstdint>
#include <vector>

#include "memory_model/execution_plan.h"
#include "network/network.h"
#include "network/per_tensor.h"

namespace mcunas {

// Row y, columns [x, end) of operator `op`; of kNetworkInput a row that arrives.
struct TraceStep {
  int op = 0;
  int y = 0;
  int x = 0;
  int end = 0;
};

struct GroupTrace {
  // Behind the first `executed` steps of each tile follow those of rows that nobody reads: they are
  // not computed, but the planner counts them and gives them room.
  std::vector<std::vector<TraceStep>> tiles;
  std::vector<size_t> executed;
  // Of the group's operators: columns of the widest tile, and first column in each tile.
  PerOperator<int> widest;
  std::vector<PerOperator<int>> first_column;
  int64_t counted_macs = 0;  // with rows and columns that nobody reads
};

// Of a legal group of a chain, of any mode but kChannelTiles. `streamed`: the network's input
// arrives row by row.
GroupTrace TraceGroup(const Network& network, const PlanGroup& group, bool streamed);

// What a group of a chain needs, measured on its trace.
struct MeasuredGroup {
  // Of each operator's tensor but the last: the ring that the planner's family gives it. Whole rows
  // where segment is 0; otherwise the pixels from the first that a step reads to the last that is
  // there, with the window of a whole segment also where it is cut short.
  std::vector<int64_t> ring_pixels;
  std::vector<int64_t> exact_pixels;  // the ring that would do
  int64_t input_ring_pixels = 0;      // least ring of a streamed network input, whole rows
  // Least distance in bytes by which the output must begin below the group's input, which dies:
  // when a segment is written, all rows of the input that are still read, also by this segment, lie
  // behind it. Inside a row of the output, the row of the first operator that the row asks for last
  // counts as unfinished.
  int64_t down = 0;
  // [0] of the group's input, then of each tensor but the last: the first row of the output that is
  // begun after the row before it was complete with nobody left to read the tensor; at least 1, the
  // output's height where there is none. Empty for groups of several tiles and for pools.
  std::vector<int> freed_before;
  int widest = 0;  // columns that the widest operator of the group covers
  int64_t executed_macs = 0;
  int64_t counted_macs = 0;  // with rows and columns that nobody reads
};

MeasuredGroup MeasureGroup(const Network& network, const PlanGroup& group, bool streamed);

}  // namespace mcunas
