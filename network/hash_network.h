// The identity of a network. Thread rule: pure functions.
#pragma once

#include "common/hash.h"
#include "network/network.h"

namespace mcunas {

// Over everything but the name. Equal networks, equal hash, on every machine and in every version.
Hash128 NetworkHash(const Network& network);

}  // namespace mcunas
