// Shape: height, width and channels of one feature map.
#pragma once

#include <cstdint>
#include <string>

namespace mcunas {

// All >= 1. A vector is {1, 1, n}.
struct Shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  bool operator==(const Shape&) const = default;
  int64_t elements() const { return int64_t{height} * width * channels; }
  int64_t row_elements() const { return int64_t{width} * channels; }
};

std::string ShapeText(const Shape& shape);  // "40x40x16"

}  // namespace mcunas
