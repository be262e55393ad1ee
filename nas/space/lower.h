// From a genotype to the network it stands for.
#pragma once

#include "nas/space/task_shape.h"

namespace mcunas {

struct Architecture;  // nas/space/architecture.h
struct Network;       // network/network.h
struct SpaceConfig;   // nas/space/space_config.h

// Every architecture of the space lowers to a valid network. The supernet trains the largest.
// Operators: stem conv 3x3 (ReLU6); per block those below; [pointwise head (ReLU6)]; global average
// pool; fully connected. Sizes of the blocks: block_geometry.h.
//   mbconv  [pointwise expansion (act) unless expansion is 1], depthwise (act), [squeeze-and-
//           excitation], pointwise projection, [add where stride is 1 and channels stay]
//   fused   conv k x k to the hidden channels (act), then as mbconv
//   plain   conv k x k (act), or with a residual conv k x k, add (act)
//   skip    conv 1 x 1 with the stride; nothing where shape and channels stay
// act: ReLU6 in the operator, or hard swish as an operator behind it. Squeeze-and-excitation:
// global average pool, pointwise (ReLU), pointwise, logistic, product with the map. Weights of 4
// bits where the block has them and the kind of operator can (TakesFourBits).
// Thread rule: pure. Pre-condition: Contains(space, architecture).
Network Lower(const SpaceConfig& space, const TaskShape& task, const Architecture& architecture);

}  // namespace mcunas
