// Synthetic image task: ten classes that need real features, free of data downloads.
//
// Five textures (horizontal, vertical, diagonal stripes, checks, rings) and five shapes (disc,
// square, triangle, cross, bar pair), drawn with two random colours, random phase, place, size and
// tilt, then noise. Foreground and background colours are exchangeable, so the mean colour carries
// no class.
#include "supernet/data/synthetic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "common/random.h"

namespace mcunas {
namespace {

constexpr int kClasses = 10;
constexpr double kPi = 3.14159265358979323846;
constexpr double kNoise = 22;  // standard deviation in grey levels

struct Pose {
  double centre_x = 0, centre_y = 0;  // in units of the image side
  double size = 0.3;                  // half extent of shapes
  double tilt = 0;                    // radians
  double period = 0.2, phase = 0;     // of textures
};

// Coverage of the foreground at a point already moved into the pose's frame.
bool InShape(int label, double x, double y, double size) {
  const double ax = std::abs(x), ay = std::abs(y);
  switch (label) {
    case 5:
      return x * x + y * y < size * size;
    case 6:
      return std::max(ax, ay) < 0.88 * size;
    case 7:
      return y < 0.6 * size && y > 1.9 * ax - 1.1 * size;
    case 8:
      return (ax < 0.3 * size && ay < size) || (ay < 0.3 * size && ax < size);
    default:
      return ay < size && ax > 0.3 * size && ax < 0.85 * size;
  }
}

bool InTexture(int label, double x, double y, const Pose& pose) {
  const auto wave = [&](double u) { return std::sin(2 * kPi * u / pose.period + pose.phase) > 0; };
  switch (label) {
    case 0:
      return wave(y);
    case 1:
      return wave(x);
    case 2:
      return wave((x + y) * std::sqrt(0.5));
    case 3:
      return wave(x) != wave(y);
    default:
      return wave(std::hypot(x, y));
  }
}

Pose RandomPose(RandomStream* random) {
  Pose pose;
  pose.centre_x = 0.35 + 0.3 * random->Unit();
  pose.centre_y = 0.35 + 0.3 * random->Unit();
  pose.size = 0.2 + 0.12 * random->Unit();
  pose.tilt = (random->Unit() - 0.5) * 0.5;
  pose.period = 0.18 + 0.14 * random->Unit();
  pose.phase = 2 * kPi * random->Unit();
  return pose;
}

using Colour = std::array<double, 3>;

// Two colours at least 90 levels apart, in random order.
std::array<Colour, 2> RandomColours(RandomStream* random) {
  std::array<Colour, 2> colours;
  double distance = 0;
  while (distance < 90) {
    distance = 0;
    for (size_t c = 0; c < 3; ++c) {
      for (Colour& colour : colours) colour[c] = 20 + 215 * random->Unit();
      distance += std::abs(colours[0][c] - colours[1][c]);
    }
  }
  return colours;
}

void Draw(int label, int side, RandomStream* random, uint8_t* out) {
  const Pose pose = RandomPose(random);
  const std::array<Colour, 2> colours = RandomColours(random);
  const double cosine = std::cos(pose.tilt), sine = std::sin(pose.tilt);
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      const double dx = (column + 0.5) / side - pose.centre_x;
      const double dy = (row + 0.5) / side - pose.centre_y;
      const double x = cosine * dx + sine * dy, y = cosine * dy - sine * dx;
      const bool inside =
          label >= 5 ? InShape(label, x, y, pose.size) : InTexture(label, x, y, pose);
      for (const double base : colours[inside ? 1 : 0]) {
        const double value = base + kNoise * random->Normal();
        *out++ = static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
      }
    }
  }
}

ImageSet MakeSplit(int64_t count, int side, uint64_t seed, const std::string& name) {
  ImageSet set;
  set.shape = {side, side, 3};
  const auto size = static_cast<size_t>(set.shape.elements());
  set.pixels.resize(static_cast<size_t>(count) * size);
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(seed, "synthetic", name + ":" + std::to_string(i));
    const int label = static_cast<int>(random.Below(kClasses));
    Draw(label, side, &random, set.pixels.data() + static_cast<size_t>(i) * size);
    set.labels.push_back(label);
  }
  return set;
}

}  // namespace

RawDataset MakeSynthetic(const DataConfig& config, uint64_t seed) {
  const auto side = static_cast<int>(config.synthetic_size);
  return {MakeSplit(config.synthetic_train, side, seed, "train"),
          MakeSplit(config.synthetic_test, side, seed, "test"),
          {"rows", "columns", "diagonal", "checks", "rings", "disc", "square", "triangle", "cross",
           "bars"}};
}

}  // namespace mcunas
