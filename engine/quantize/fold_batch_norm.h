// Batch norm belongs to training: networks are quantised without.
#pragma once

namespace mcunas {

struct FloatNetwork;  // network/float_network.h

// Folds every batch norm into weights and bias; the result has none left and computes the same
// function.
FloatNetwork FoldBatchNorm(const FloatNetwork& network);

}  // namespace mcunas
