#include "supernet/data/augment.h"

#include <algorithm>

namespace mcunas {
namespace {

void CutSquare(Shape shape, const AugmentOptions& options, int centre_y, int centre_x,
               uint8_t* out) {
  const int top = std::max(0, centre_y - options.cutout / 2);
  const int left = std::max(0, centre_x - options.cutout / 2);
  const int bottom = std::min(shape.height, centre_y - options.cutout / 2 + options.cutout);
  const int right = std::min(shape.width, centre_x - options.cutout / 2 + options.cutout);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      std::copy(options.fill.begin(), options.fill.end(),
                out + (int64_t{y} * shape.width + x) * shape.channels);
    }
  }
}

}  // namespace

void Augment(const uint8_t* in, Shape shape, const AugmentOptions& options, RandomStream* random,
             uint8_t* out) {
  const auto shift_y = static_cast<int>(random->Between(-options.crop, options.crop));
  const auto shift_x = static_cast<int>(random->Between(-options.crop, options.crop));
  const bool flip = random->Chance(0.5) && options.flip;
  const auto centre_y = static_cast<int>(random->Below(static_cast<uint64_t>(shape.height)));
  const auto centre_x = static_cast<int>(random->Below(static_cast<uint64_t>(shape.width)));
  uint8_t* target = out;
  for (int y = 0; y < shape.height; ++y) {
    const int source_y = y + shift_y;
    for (int x = 0; x < shape.width; ++x, target += shape.channels) {
      const int source_x = (flip ? shape.width - 1 - x : x) + shift_x;
      const bool inside =
          source_y >= 0 && source_y < shape.height && source_x >= 0 && source_x < shape.width;
      const uint8_t* colour =
          inside ? in + (int64_t{source_y} * shape.width + source_x) * shape.channels
                 : options.fill.data();
      std::copy(colour, colour + shape.channels, target);
    }
  }
  if (options.cutout > 0) CutSquare(shape, options, centre_y, centre_x, out);
}

}  // namespace mcunas
