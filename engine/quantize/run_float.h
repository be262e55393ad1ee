// Float inference.
#pragma once

#include <vector>

namespace mcunas {

struct FloatNetwork;  // network/float_network.h
struct ImageBatch;    // network/image_batch.h

// Runs a folded or unfolded float network on [count,H,W,C] images; returns the output of every
// operator, one vector per operator, [count,h,w,c]. The judge of the LibTorch export: plain loops
// over Eigen products, nothing shared with LibTorch. Memory: all outputs of all images at once.
std::vector<std::vector<float>> RunFloat(const FloatNetwork& network, const ImageBatch& images);

}  // namespace mcunas
