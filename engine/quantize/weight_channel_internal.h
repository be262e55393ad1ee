// Which channel a weight belongs to. Private to engine/quantize.
#pragma once

#include <cstddef>

#include "network/network.h"
#include "network/operator_counts.h"

namespace mcunas {

// Channel that weight `index` of this operator belongs to.
inline size_t WeightChannel(const Operator& op, size_t index) {
  const size_t channels = static_cast<size_t>(op.out.channels);
  if (op.kind == OpKind::kDepthwise) return index % channels;
  return index / (static_cast<size_t>(OperatorWeights(op)) / channels);
}

}  // namespace mcunas
