// Networks for people. Thread rule: pure functions.
#pragma once

#include <string>

#include "network/network.h"

namespace mcunas {

// Stable text, one operator per line with shapes, MACs and weights; the same network always prints
// the same bytes.
std::string PrintNetwork(const Network& network);

}  // namespace mcunas
