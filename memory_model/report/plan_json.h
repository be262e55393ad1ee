// Plans as JSON (plan.json, `mcunas plan --json`): fields in fixed order, the same input always
// gives the same bytes. All sizes in bytes. Fields that only the verb knows (boards, both inputs,
// the front beyond the plan itself) follow from the PlanSurvey given.
//   {"network", "hash", "macs", "board",
//    "plan": {"macs_factor", "input_mode", "peak_operator", "live_bound_bytes",
//             "groups": [{"first", "last", "mode", "strips", "bands", "segment", "channel_tile",
//                         "bytes"}],
//             "tensors": [{"tensor", "offset", "ring_pixels", "width", "pixel_bytes", "region"}],
//             "moves": [{"group", "tensor", "offset", "region"}],
//             "states": [{"op", "offset", "bytes", "region"}],
//             "more_regions_bytes": [...]},
//    "memory": {"arena_bytes", "scratch_bytes", "input_bytes", "output_bytes", "static_bytes",
//               "stack_bytes", "total_bytes"},
//    "flash": {"weight_bytes", "constant_bytes", "code_bytes", "total_bytes"},
//    "peak_reason",
//    "operators": [{"index", "op", "out_shape", "macs", "live_bytes", "scratch_bytes",
//                   "weight_bytes", "constant_bytes"}],
//    "macs_unfolded",                              only where channels were folded
//    "pareto": [{"arena_bytes", "macs_factor"}],
//    "order": {"method", "changed", "operators"},  the given operators in the plan's order
//    "inputs": [{"input_mode", "macs_factor", "memory": {as above}}],
//    "boards": [{"board", "fits", "several_regions", "macs_factor", "sram_bytes",
//                "sram_limit_bytes", "flash_bytes", "flash_limit_bytes"}],
//    "fits": {"sram", "flash"},                    only with a board, or where a limit is not kept
//    "missing": {"sram_bytes", "flash_bytes"}}     only what a limit lacks, and only where it does
#pragma once

#include <string>
#include <string_view>

#include "common/expected.h"
#include "memory_model/execution_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/report/plan_survey.h"
#include "network/network.h"

namespace mcunas {

std::string PlanToJson(const Network& network, const ExecutionPlan& plan,
                       const MemoryReport& report, const PlanSurvey& survey = {});

// Reads "plan" and the arena and scratch of "memory" back: what PlanToJson wrote gives an equal
// plan. kCorrupt names what is missing or ill-typed. The plan is not checked against a network:
// that is ValidatePlan's work.
Expected<ExecutionPlan> PlanFromJson(std::string_view text, const std::string& origin);

}  // namespace mcunas
