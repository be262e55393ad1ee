// Training augmentation on 8-bit images: random crop with padding, horizontal flip, cutout.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random.h"
#include "network/shape.h"

namespace mcunas {

struct AugmentOptions {
  bool flip = true;
  int crop = 4;               // pixels of padding on each side before the random crop
  int cutout = 8;             // side of the erased square; 0 = off
  std::vector<uint8_t> fill;  // per channel: colour of padding and cutout (the mean of the data)
};

// in and out: [H,W,C], not overlapping. Draws the same number of values for every image and option
// set.
void Augment(const uint8_t* in, Shape shape, const AugmentOptions& options, RandomStream* random,
             uint8_t* out);

}  // namespace mcunas
