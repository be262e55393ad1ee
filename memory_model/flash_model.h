// The flash model: what the generated project puts into read-only memory.
//
//   weights    as counted by OperatorWeightBytes
//   constants  the tables of the code generator, each aligned to 4 bytes. For an operator with
//              weights and n output channels: bias int32[n] + multiplier int32[n] + shift int8[n],
//              i.e. 8 n + RoundUp(n, 4), what its weights take more in the kernels' order:
//              alignment, what depthwise convolutions repeat (mcu_depthwise_channel_bytes), the
//              ends of blocks of 4 bits. For every operator:
//              its parameter struct, its step with its operands, its placement and its group, as
//              laid out on a 32-bit core (kernels/mcu_kernels.h and mcu_run.h). Once: every
//              kind of access, the placements of input and scratch, the program. Plans with longer
//              groups need less, moves and channel tiles some more.
//   code       an estimate from the sizes of the kernels (arm-none-eabi-gcc 12.2 -O2, Cortex-M7,
//              rounded up by up to 256 bytes) and a base for row scheduler, start-up, vectors,
//              harness and memcpy. The linked firmware is the truth.
#pragma once

#include <string_view>
#include <vector>

#include "common/units.h"
#include "network/network.h"

namespace mcunas {

// sizeof on a 32-bit core.
constexpr Bytes kWeightedBytes(60);   // struct mcu_weighted
constexpr Bytes kPackedBytes(76);     // struct mcu_packed
constexpr Bytes kAdditionBytes(52);   // struct mcu_addition
constexpr Bytes kPoolingBytes(60);    // struct mcu_pooling
constexpr Bytes kProductBytes(24);    // struct mcu_product
constexpr Bytes kConstantsBytes(32);  // struct mcu_with_constants, beside that of its kernel
constexpr Bytes kSmallBytes(
    12);  // the largest of lookup, extremum, resizing, concatenation, reshaping, softmax
constexpr Bytes kGeometryBytes(24);       // the largest of slicing, framing, bilinear
constexpr Bytes kLookupBytes(256);        // table of a function of one byte
constexpr Bytes kExponentialBytes(1024);  // table of softmax
constexpr Bytes kStepBytes(28);           // struct mcu_step
constexpr Bytes kPlacementBytes(24);      // struct mcu_placement
constexpr Bytes kOperandBytes(8);         // struct mcu_operand
constexpr Bytes kAccessBytes(16);         // struct mcu_access
constexpr Bytes kGroupBytes(10);          // struct mcu_group
constexpr Bytes kProgramBytes(28);        // struct mcu_program

constexpr Bytes kBaseCodeBytes(5 * 1024 + 512);

// Of a layer-wise plan: one group per operator.
Bytes OperatorConstantBytes(const Operator& op);
// Of all operators, and what stands there once.
Bytes NetworkConstantBytes(const Network& network);

// What one source file of kernels/ adds to the code, for those of its kernels that an operator
// uses.
struct CodePart {
  std::string_view file;
  Bytes bytes;
  // Counted once for all kinds that use it. Otherwise every kind counts it again: the estimate of
  // networks with several kinds of one family is too large by that.
  bool shared = false;
  int column_stride = 0;  // depthwise: of the form in use

  bool operator==(const CodePart&) const = default;
};
using CodeParts = std::vector<CodePart>;
CodeParts OperatorCode(const Operator& op);
// kBaseCodeBytes, and the parts of all operators.
Bytes CodeBytesEstimate(const Network& network);

}  // namespace mcunas
