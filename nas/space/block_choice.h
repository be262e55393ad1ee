// BlockChoice: what one block of a network is.
#pragma once

#include <compare>

#include "common/named.h"

namespace mcunas {

enum class BlockKind {
  kSkip,    // strided 1x1 convolution, no activation: the identity where shapes change
  kPlain,   // k x k convolution
  kFused,   // k x k convolution to the hidden channels, pointwise projection (Gupta, Tan 2019)
  kMbconv,  // pointwise expansion, depthwise k x k, pointwise projection (Sandler et al. 2018)
};
inline constexpr Named<BlockKind> kBlockKinds[] = {{BlockKind::kSkip, "skip"},
                                                   {BlockKind::kPlain, "plain"},
                                                   {BlockKind::kFused, "fused"},
                                                   {BlockKind::kMbconv, "mbconv"}};

enum class BlockActivation { kRelu6, kHardSwish };
inline constexpr Named<BlockActivation> kBlockActivations[] = {
    {BlockActivation::kRelu6, "relu6"}, {BlockActivation::kHardSwish, "hswish"}};

// Of every block that a configuration may ask for, in lists or in words.
inline constexpr int kMostExpansion = 16;
inline constexpr double kLeastBlockWidth = 0.05, kMostBlockWidth = 4;

// What a kind does not have stays at one value, so that equal blocks compare equal: Canonical().
struct BlockChoice {
  int kernel = 3;     // of the depthwise, fused or plain convolution; skip: 1
  int expansion = 4;  // hidden channels / input channels; plain, skip: 1
  BlockKind kind = BlockKind::kMbconv;
  double width = 1;  // multiplier of the block's output channels (MCUNetV2, Lin et al. 2021)
  double se = 0;     // squeezed channels / hidden channels (Hu et al. 2018); 0, plain, skip: none
  BlockActivation act = BlockActivation::kRelu6;  // skip: none, kRelu6 here
  int bits = 8;                                   // of the weights: 8 or 4

  auto operator<=>(const BlockChoice&) const = default;
};

// The block with one value for everything that its kind does not have.
BlockChoice Canonical(BlockChoice block);

// Multiply-accumulates per output pixel for 64 channels in and out: an order of sizes.
double NominalMacs(const BlockChoice& block);

}  // namespace mcunas
