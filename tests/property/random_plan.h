// Legal plans that no planner would choose: any groups, laid out by the planner's layout. They
// bring every mode to the judge and to the generated code.
#pragma once

#include "common/random.h"
#include "memory_model/execution_plan.h"
#include "network/network.h"

namespace mcunas {

// Pre-condition: VerifyNetwork holds.
ExecutionPlan RandomPlan(const Network& network, InputMode input_mode, RandomStream* random);

}  // namespace mcunas
