// Any network with weights of 4 bits here and there.
#pragma once

#include <cstdint>

#include "common/random.h"
#include "network/network.h"

namespace mcunas {

inline Network WithWeightsOfFourBits(Network network, uint64_t seed, double share = 0.5) {
  RandomStream random(seed, "four bits");
  for (Operator& op : network.operators)
    if (TakesFourBits(op.kind) && random.Chance(share)) op.weight_bits = 4;
  network.name += "-int4";
  return network;
}

}  // namespace mcunas
