// Plans as text for people. As JSON: plan_json.h.
#pragma once

#include <string>

#include "memory_model/execution_plan.h"
#include "memory_model/memory_model.h"
#include "memory_model/report/plan_survey.h"
#include "network/network.h"

namespace mcunas {

// Bytes of the arena in use while a group runs.
Bytes GroupBytes(const PlanGroup& group, const MemoryReport& report);

// Operators in their groups, totals with the input resident and streamed, the peak and why, the
// front, and which board holds it; with `survey.board` also how far it is from that one's limits.
std::string FormatPlanTable(const Network& network, const ExecutionPlan& plan,
                            const MemoryReport& report, const PlanSurvey& survey = {});

}  // namespace mcunas
