// The laws that every network keeps before anybody works on it. Thread rule: pure functions.
#pragma once

#include "common/expected.h"
#include "network/network.h"

namespace mcunas {

// Checks every law: operands earlier and of the right shape, window arithmetic, sizes >= 1, no
// tensor or weight table over 2^31 - 1 elements, no side over kMaxSide, channels preserved where
// they must be, outputs that exist, inputs that follow one another. The Error (kCorrupt) names the
// first offending operator by index and kind and says what was expected.
Expected<void> VerifyNetwork(const Network& network);

// The laws of operator `index` alone, given that all before it keep them; the message does not name
// it.
Expected<void> VerifyOperator(const Network& network, int index);

}  // namespace mcunas
