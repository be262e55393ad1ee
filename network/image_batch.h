// ImageBatch: images as a network sees them.
#pragma once

#include <vector>

#include "network/shape.h"

namespace mcunas {

// Float, normalised, [count,H,W,C] row-major.
struct ImageBatch {
  int count = 0;
  Shape shape;
  std::vector<float> pixels;
  std::vector<int> labels;  // empty or one per image
};

}  // namespace mcunas
