// The laws of a plan that need no execution. See PlanLaw in validate_plan.h.
#pragma once

#include "memory_model/judge/validate_plan.h"

namespace mcunas {

// kCoverage. The other checks need it to hold.
void CheckCoverage(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);
// kMode and kInput.
void CheckModes(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);
// kCapacity and kAlignment of tensors. Needs CheckModes to hold.
void CheckPlacements(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);
// kState and kMove, with the kCapacity and kAlignment of both. Needs CheckPlacements to hold.
void CheckStatesAndMoves(const Network& network, const ExecutionPlan& plan,
                         PlanJudgement* judgement);
void CheckScratch(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);

}  // namespace mcunas
