// Weights of 4 bits as the kernels read them (struct mcu_packed and mcu_fully_connected_4bit in
// kernels/mcu_kernels.h).
#pragma once

#include <cstdint>
#include <vector>

#include "network/network.h"

namespace mcunas {

// rows: the weights as [channel][depth]; ordered: the same in the order of the kernels that take 8
// bits. All in [-8, 7].
std::vector<int8_t> PackWeights(const Operator& op, const std::vector<int8_t>& rows,
                                const std::vector<int8_t>& ordered);

// Of conv, pointwise and depthwise: output channels that are packed and unpacked together, and
// values of each as the kernels read them. 0 channels: the kernels cannot unpack them.
struct PackedBlock {
  int channels = 0;
  int values = 0;
};
PackedBlock PackedBlockOf(const Operator& op);

}  // namespace mcunas
