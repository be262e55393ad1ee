// Kernel scratch, from the formulas that kernels and planner share (kernels/scratch_size.h).
#pragma once

#include <cstdint>

#include "kernels/scratch_size.h"
#include "network/network.h"

namespace mcunas {

// What the kernels call a kind of operator; MCU_OP_ADD stands for all without scratch.
mcu_op_kind KernelKind(OpKind kind);
mcu_scratch_shape ScratchShape(const Operator& op);
// Of a depthwise convolution: mcu_depthwise_side().
int DepthwiseSide(const Operator& op);
int64_t OperatorScratchBytes(const Operator& op);
// The largest of any operator: they take turns.
int64_t NetworkScratchBytes(const Network& network);

}  // namespace mcunas
