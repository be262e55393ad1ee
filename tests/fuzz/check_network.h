// What must hold for every network that a reader lets through, whatever bytes it came from.
#pragma once

#include <cstdint>
#include <string>

#include "network/network.h"

namespace mcunas {

// Stops the program with a message where `holds` is false: a finding.
void Require(bool holds, const std::string& what);

// JSON and back, printing; plans under options chosen by `choice`, judged, to JSON and back. Does
// less on networks so large that a fuzzer would get nowhere.
void CheckNetwork(const Network& network, uint64_t choice);

}  // namespace mcunas
