// ImageSet: labelled 8-bit images of one shape, all in memory. Plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/shape.h"

namespace mcunas {

struct ImageSet {
  Shape shape;                  // of every image
  std::vector<uint8_t> pixels;  // [count,H,W,C] row-major
  std::vector<int> labels;      // one per image, in [0, classes)

  int count() const { return static_cast<int>(labels.size()); }
  const uint8_t* image(int index) const {
    return pixels.data() + static_cast<size_t>(index) * static_cast<size_t>(shape.elements());
  }
};

struct RawDataset {
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;
};

}  // namespace mcunas
