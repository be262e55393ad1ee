// The laws of a plan about bytes. See PlanLaw in validate_plan.h.
#pragma once

#include "memory_model/judge/validate_plan.h"

namespace mcunas {

// kCapacity and kAlignment of tensors. Needs CheckModes to hold.
void CheckPlacements(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);
// kState and kMove, with the kCapacity and kAlignment of both. Needs CheckPlacements to hold.
void CheckStatesAndMoves(const Network& network, const ExecutionPlan& plan,
                         PlanJudgement* judgement);
void CheckScratch(const Network& network, const ExecutionPlan& plan, PlanJudgement* judgement);

}  // namespace mcunas
