// Layer-wise peak without plan, heap or tables. Thread rule: pure function.
#pragma once

#include "common/units.h"
#include "network/network.h"

namespace mcunas {

// arena + scratch of the layer-wise plan with resident input (PlanModes::LayerwiseOnly), for
// millions of candidates. Pre-condition: VerifyNetwork holds. Cost: O(L), no heap up to 128
// operators.
Bytes EstimatePeak(const Network& network);

}  // namespace mcunas
