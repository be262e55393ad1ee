// The laws of a plan that need neither execution nor bytes. See PlanLaw in validate_plan.h.
#pragma once

#include "memory_model/judge/validate_plan.h"

namespace mcunas {

// kCoverage. The other checks need it to hold.
void CheckCoverage(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);
// kMode and kInput.
void CheckModes(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);

}  // namespace mcunas
