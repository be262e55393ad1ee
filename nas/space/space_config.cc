#include "nas/space/space_config.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/config.h"

namespace mcunas {
namespace {

void Describe(ConfigVisitor& v, StageConfig& c) {
  v.Integer("channels", c.channels, {1, 4096}, {"output channels at width 1.0", "channels"});
  v.Integer("stride", c.stride, {1, 2}, {"of the stage's first block", ""});
}

template <typename T>
bool AllDifferent(const std::vector<T>& values) {
  return std::set<T>(values.begin(), values.end()).size() == values.size();
}

// Every factor of 2 between the image and the last stage.
int64_t TotalStride(const SpaceConfig& c) {
  int64_t total = c.stem_stride;
  for (const StageConfig& stage : c.stages) total *= stage.stride;
  return total;
}

void RequireGoodLists(ConfigVisitor& v, const SpaceConfig& c) {
  const std::string twice = "must not name a value twice";
  v.Require(AllDifferent(c.width), "width", twice);
  v.Require(AllDifferent(c.resolution), "resolution", twice);
  v.Require(AllDifferent(c.kernel), "kernel", twice);
  v.Require(AllDifferent(c.expand), "expand", twice);
  v.Require(AllDifferent(c.depth), "depth", twice);
  v.Require(std::all_of(c.kernel.begin(), c.kernel.end(), [](int64_t k) { return k % 2 == 1; }),
            "kernel", "must be 3, 5 or 7");
}

void RequireUsableMaps(ConfigVisitor& v, const SpaceConfig& c) {
  v.Require(!c.stages.empty(), "stages", "must have at least one stage");
  const int64_t stride = TotalStride(c);
  const auto least = std::min_element(c.resolution.begin(), c.resolution.end());
  v.Require(least == c.resolution.end() || *least >= stride, "resolution",
            "must be at least the product of all strides, " + std::to_string(stride) +
                ", or the last feature map vanishes");
}

}  // namespace

void Describe(ConfigVisitor& v, SpaceConfig& c) {
  v.Choice("family", c.family, {"mobilenet"}, {"inverted bottlenecks of MobileNetV2", ""});
  v.Reals("width", c.width, {0.01, 4}, {"choices: multiplier of all channel counts", ""});
  v.Integers("resolution", c.resolution, {1, 1024}, {"choices: input height and width", "pixels"});
  v.Integers("kernel", c.kernel, {3, 7}, {"choices per block: depthwise window (3, 5, 7)", ""});
  v.Integers("expand", c.expand, {1, 16},
             {"choices per block: hidden channels / input channels", ""});
  v.Integers("depth", c.depth, {1, 16}, {"choices per stage: number of blocks", "blocks"});
  v.Integer("stem_channels", c.stem_channels, {1, 1024},
            {"of the first convolution at width 1.0", "channels"});
  v.Integer("stem_stride", c.stem_stride, {1, 2}, {"of the first convolution", ""});
  v.Integer("head_channels", c.head_channels, {0, 4096},
            {"pointwise convolution before the pool at width 1.0; 0 = none", "channels"});
  v.Integer("channel_multiple", c.channel_multiple, {1, 64},
            {"all channel counts are multiples of this", "channels"});
  v.Sections(
      "stages", {"runs of blocks with equal output channels", ""}, c.stages.size(),
      [&](size_t n) { c.stages.resize(n); },
      [&](ConfigVisitor& inner, size_t i) { Describe(inner, c.stages[i]); });
  RequireGoodLists(v, c);
  RequireUsableMaps(v, c);
}

}  // namespace mcunas
