// The operators of the interpreter that choose, move and mix bytes of one map: no weights, no
// rescaling.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/network.h"

namespace mcunas {

// Each gives the output [H,W,C] for an input [H,W,C]. Indices and shares are those of TFLite's
// reference kernels.
std::vector<int8_t> RunResizeNearest(const Operator& op, std::span<const int8_t> input);
std::vector<int8_t> RunResizeBilinear(const Operator& op, std::span<const int8_t> input);
std::vector<int8_t> RunSlice(const Operator& op, std::span<const int8_t> input);
std::vector<int8_t> RunConcatenation(const Operator& op,
                                     const std::vector<std::span<const int8_t>>& inputs);
// zero_point: of the input, what the frame holds.
std::vector<int8_t> RunPad(const Operator& op, int zero_point, std::span<const int8_t> input);

}  // namespace mcunas
