// The pixel-level execution behind ValidatePlan.
#pragma once

#include "memory_model/judge/validate_plan.h"

namespace mcunas {

// Carries out `plan` as execution_plan.h says and records lifetime violations, touched bytes and
// MACs in `judgement`; stops when `judgement` is full. Pre-condition: every static law holds.
void SimulatePlan(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);

}  // namespace mcunas
