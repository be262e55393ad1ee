// Resolution: height and width of an image in pixels.
#pragma once

#include <compare>
#include <string>

namespace mcunas {

// Ordered by height, then width. A single number is a square.
struct Resolution {
  int height = 32;
  int width = 32;

  constexpr Resolution() = default;
  constexpr Resolution(int side) : height(side), width(side) {}  // NOLINT: means what it says
  constexpr Resolution(int h, int w) : height(h), width(w) {}

  constexpr bool square() const { return height == width; }
  constexpr double pixels() const { return static_cast<double>(height) * width; }
  auto operator<=>(const Resolution&) const = default;
};

// "32", or "96x128": height x width.
inline std::string ResolutionText(const Resolution& resolution) {
  const std::string height = std::to_string(resolution.height);
  return resolution.square() ? height : height + "x" + std::to_string(resolution.width);
}

}  // namespace mcunas
