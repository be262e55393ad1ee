// Random networks with everything that plans must cope with: chains and branches, residuals from
// anywhere, side reads, odd sizes, windows of two sides, gates, several outputs.
#pragma once

#include "common/random.h"
#include "network/network.h"

namespace mcunas {

struct RandomNetworkKind {
  int max_operators = 12;
  int max_side = 21;
  int max_channels = 9;
  double residual = 0.3;   // chance of an operator with two operands after another
  double side_read = 0.1;  // chance that an operator reads an older tensor
  double output = 0.0;     // chance that a tensor is an output beside the last one
  bool all_kinds = false;  // also windows of two sides, dilation, max pools, gates, resizing, ...
};

// VerifyNetwork holds. The same stream gives the same network.
Network RandomPlanNetwork(RandomStream* random, const RandomNetworkKind& kind);

// A chain: every operator reads the one before it and nothing else, at most one output.
Network RandomChain(RandomStream* random, int max_operators, int max_side);

// Inverted bottlenecks with their residuals, deep enough for channel tiles to pay now and then.
Network RandomBottlenecks(RandomStream* random);
Network RandomBottleneckChain(RandomStream* random);  // the same without residuals

}  // namespace mcunas
