// LayerTag: which layer of a space an operator is. Networks of one space that have a layer of the
// same tag share its weights in the supernet.
#pragma once

#include <compare>
#include <string>

#include "nas/space/block_choice.h"

namespace mcunas {

enum class LayerRole {
  kNone,  // no weights: activations of their own, pools, sums, products
  kStem,
  kExpand,     // mbconv: pointwise to the hidden channels
  kConv,       // fused, plain: k x k
  kDepthwise,  // mbconv
  kSqueeze,    // squeeze-and-excitation: pointwise from the pooled hidden channels (ReLU)
  kExcite,     // and back to them (logistic follows)
  kProject,    // mbconv, fused: pointwise to the block's output
  kSkip,       // strided 1x1 convolution
  kHead,
  kClassifier,
};

// Blocks of different kinds at one place are different layers.
struct LayerTag {
  int stage = -1;  // -1: stem, head, classifier and the pool before it
  int block = -1;  // within the stage
  BlockKind kind = BlockKind::kMbconv;
  LayerRole role = LayerRole::kNone;

  auto operator<=>(const LayerTag&) const = default;
};

// "stem", "s1.b0.expand", "s1.b0.fused.conv", "classifier". Pre-condition: a role other than none.
std::string LayerName(const LayerTag& tag);

}  // namespace mcunas
