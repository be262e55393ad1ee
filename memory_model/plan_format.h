// Plans for people and for files.
//
// JSON of a plan (plan.json, `mcunas plan --json`): fields in fixed order, the same input always
// gives the same bytes. All sizes in bytes.
//   {"network", "hash", "macs", "board",
//    "plan": {"macs_factor", "input_mode", "peak_operator", "live_bound_bytes",
//             "groups": [{"first", "last", "mode", "strips"}],
//             "tensors": [{"tensor", "offset", "ring_rows", "row_bytes", "region"}]},
//    "memory": {"arena_bytes", "scratch_bytes", "input_bytes", "output_bytes", "static_bytes",
//               "stack_bytes", "total_bytes"},
//    "flash": {"weight_bytes", "constant_bytes", "code_bytes", "total_bytes"},
//    "peak_reason",
//    "operators": [{"index", "op", "out_shape", "macs", "live_bytes", "scratch_bytes",
//    "weight_bytes",
//                   "constant_bytes"}],
//    "fits": {"sram", "flash"},                    only with a board
//    "pareto": [{"arena_bytes", "macs_factor"}]}   the one plan there is, until plans trade MACs
#pragma once

#include <string>
#include <string_view>

#include "common/expected.h"
#include "memory_model/board_profile.h"
#include "memory_model/execution_plan.h"
#include "memory_model/memory_model.h"
#include "network/network.h"

namespace mcunas {

const char* GroupModeName(GroupMode mode);  // "layerwise", "row_stream"
const char* InputModeName(InputMode mode);  // "resident", "streamed", "rereadable"

// The limits that a board sets: its first SRAM region, where arena, data and stack go by default,
// and its flash. A tensor in another region needs a placement that layer-wise plans do not make
// yet.
MemoryLimits BoardLimits(const BoardProfile& board);

// The per-operator table, totals, the peak and why; with a board also whether it fits and which
// limit it breaks. `board` may be null.
std::string FormatPlanTable(const Network& network, const ExecutionPlan& plan,
                            const MemoryReport& report, const BoardProfile* board);

std::string PlanToJson(const Network& network, const ExecutionPlan& plan,
                       const MemoryReport& report, const BoardProfile* board);

// Reads "plan" and the arena and scratch of "memory" back. kCorrupt names what is missing or
// ill-typed. The plan is not checked against a network: that is ValidatePlan's work.
Expected<ExecutionPlan> PlanFromJson(std::string_view text, const std::string& origin);

}  // namespace mcunas
