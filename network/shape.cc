#include "network/shape.h"

namespace mcunas {

std::string ShapeText(const Shape& shape) {
  return std::to_string(shape.height) + "x" + std::to_string(shape.width) + "x" +
         std::to_string(shape.channels);
}

}  // namespace mcunas
