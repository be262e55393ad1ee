// JSON -> Network, in the format of published operator lists:
//   {"name", "input": [H,W,C], "ops": [{"op", "in_shape", "out_shape", "kernel", "stride",
//    "residual_from", "activation"}]}
// An operator reads the one before it; "input_from" (optional) names another. "residual_from" is
// the second operand of add (-1 = the network input), "factor_from" that of multiply, "other_from"
// that of subtract, maximum and minimum, "inputs_from" lists all operands of concatenation.
// "kernel", "stride" and "dilation" are a number or [height, width], 1 where absent; "padding" is a
// number or [top, left, bottom, right], (kernel - 1) / 2 where absent; "activation" is "none",
// "relu", "relu6" or "relu_n1_to_1". "constants" is the number of constants of add_constant and its
// like; "weight_bits" is 8 or, of some operators with weights, 4; 8 where absent; "reversed": true
// subtracts the first operand from the second. "corner" [row, column, channel] is where a slice
// begins, zeros where absent; "sampling" of a resize is "plain", "corners" or "centres". "outputs"
// beside "ops" (optional) lists the operators that produce the network's outputs; it is the last
// one where absent. "inputs" beside it (optional) lists the operators that hold the inputs of a
// model of several. Keys we do not know are ignored, unless they look like a misspelled one.
#pragma once

#include <string>
#include <string_view>

#include "common/expected.h"
#include "network/network.h"

namespace mcunas {

// kCorrupt for text that is not JSON (line and column) or misses fields; kUnsupported for an
// operator outside the set (named, with the nearest known); the result is verified. `origin` names
// the file.
Expected<Network> NetworkFromJson(std::string_view text, const std::string& origin);

}  // namespace mcunas
