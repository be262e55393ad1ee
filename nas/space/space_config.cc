#include "nas/space/space_config.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/config.h"
#include "nas/space/block_word.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

template <typename T>
bool AllDifferent(const std::vector<T>& values) {
  return std::set<T>(values.begin(), values.end()).size() == values.size();
}

constexpr const char* kTwice = "must not name a value twice";

bool AreOdd(const std::vector<int64_t>& kernels) {
  return std::all_of(kernels.begin(), kernels.end(), [](int64_t k) { return k % 2 == 1; });
}

std::string FirstBadWord(const std::vector<std::string>& words) {
  const auto bad = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return !ParseBlockWord(word).has_value();
  });
  return bad == words.end() ? "" : *bad;
}

void RequireWords(ConfigVisitor& v, const char* key, const std::vector<std::string>& words) {
  const std::string bad = FirstBadWord(words);
  v.Require(bad.empty(), key, "'" + bad + "' is no block; write " + kBlockWordHelp);
  v.Require(AllDifferent(words), key, kTwice);
}

void DescribeWords(ConfigVisitor& v, BlockLists& c) {
  v.Texts("choices", c.choices, {},
          {std::string("whole blocks instead of the lists of block to bits: ") + kBlockWordHelp +
               "; identity: the block is left out, or a strided 1x1 convolution as the first",
           ""});
  v.Texts("first", c.first, {},
          {"the same for the first block of a stage, where it has other choices", ""});
  RequireWords(v, "choices", c.choices);
  RequireWords(v, "first", c.first);
  const bool blocks =
      c.choices.empty() || std::any_of(c.choices.begin(), c.choices.end(),
                                       [](const std::string& word) { return word != "identity"; });
  v.Require(blocks, "choices", "must hold a block other than identity");
}

// What came after kernel, expand and depth; all empty by default.
void DescribeBlocks(ConfigVisitor& v, BlockLists& c) {
  v.Enums("block", c.block, kBlockKinds,
          {"choices per block: inverted bottleneck, the same with one convolution instead of "
           "expansion and depthwise, a single convolution, strided 1x1 convolution; default mbconv",
           ""});
  v.Reals("block_width", c.block_width, {kLeastBlockWidth, kMostBlockWidth},
          {"choices per block: multiplier of its output channels (MCUNetV2); default 1", ""});
  v.Reals("se", c.se, {0, 1},
          {"choices per block: squeezed channels / hidden channels of squeeze-and-excitation; "
           "default none",
           "", "none"});
  v.Enums("act", c.act, kBlockActivations, {"choices per block: activation; default relu6", ""});
  v.Integers("bits", c.bits, {4, 8}, {"choices per block: of its weights, 8 or 4; default 8", ""});
  DescribeWords(v, c);
  v.Require(AllDifferent(c.block), "block", kTwice);
  const bool more = c.block.empty() || c.block != std::vector<BlockKind>{BlockKind::kSkip};
  v.Require(more, "block", "must hold a kind other than skip");
  v.Require(AllDifferent(c.block_width), "block_width", kTwice);
  v.Require(AllDifferent(c.se), "se", kTwice);
  v.Require(AllDifferent(c.act), "act", kTwice);
  v.Require(AllDifferent(c.bits), "bits", kTwice);
  v.Require(std::all_of(c.bits.begin(), c.bits.end(), [](int64_t b) { return b == 8 || b == 4; }),
            "bits", "must be 8 or 4");
}

void RequireGoodWindows(ConfigVisitor& v, const BlockLists& c) {
  v.Require(AllDifferent(c.kernel), "kernel", kTwice);
  v.Require(AllDifferent(c.expand), "expand", kTwice);
  v.Require(AllDifferent(c.depth), "depth", kTwice);
  const bool empty = c.depth == std::vector<int64_t>{0};
  v.Require(!empty, "depth", "must hold a depth above 0");
  v.Require(AreOdd(c.kernel), "kernel", "must be 3, 5 or 7");
}

void Describe(ConfigVisitor& v, StageConfig& c) {
  v.IntegersOrOne("channels", c.channels, {1, 4096},
                  {"output channels at width 1.0, or choices of them", "channels"});
  v.Integer("stride", c.stride, {1, 2}, {"of the stage's first block", ""});
  v.Integers("kernel", c.kernel, {3, 7},
             {"of the stage alone, as all that follows; left out: those of the section", ""});
  v.Integers("expand", c.expand, {1, kMostExpansion}, {"of the stage alone", ""});
  v.Integers("depth", c.depth, {0, 16}, {"of the stage alone; 0: the stage is left out", "blocks"});
  DescribeBlocks(v, c);
  v.Require(AllDifferent(c.channels), "channels", kTwice);
  RequireGoodWindows(v, c);
  v.Require(c.choices.empty() || !c.lists_blocks(), "choices",
            "stand instead of block, kernel, expand, block_width, se, act and bits; leave those "
            "out");
}

// Every factor of 2 between the image and the last stage.
int64_t TotalStride(const SpaceConfig& c) {
  int64_t total = c.stem_stride;
  for (const StageConfig& stage : c.stages) total *= stage.stride;
  return total;
}

void RequireUsableMaps(ConfigVisitor& v, const SpaceConfig& c) {
  v.Require(!c.stages.empty(), "stages", "must have at least one stage");
  const int64_t stride = TotalStride(c);
  const bool large =
      std::all_of(c.resolution.begin(), c.resolution.end(),
                  [&](const Resolution& r) { return std::min(r.height, r.width) >= stride; });
  v.Require(large, "resolution",
            "must be at least the product of all strides, " + std::to_string(stride) +
                ", or the last feature map vanishes");
}

// Pre-condition of every question about a space: words that are blocks, lists that are not empty.
bool Legible(const BlockLists& c) {
  return FirstBadWord(c.choices).empty() && FirstBadWord(c.first).empty();
}

void RequireMembers(ConfigVisitor& v, const SpaceConfig& c) {
  if (c.constraints.empty() || c.stages.empty() || !Legible(c)) return;
  if (!std::all_of(c.stages.begin(), c.stages.end(), Legible)) return;
  v.Require(Contains(c, Largest(c)) && Contains(c, Smallest(c)), "constraints",
            "leave no network at an end of the space; give later stages at least as many channels "
            "to choose from");
}

}  // namespace

bool BlockLists::lists_blocks() const {
  return !kernel.empty() || !expand.empty() || !block.empty() || !block_width.empty() ||
         !se.empty() || !act.empty() || !bits.empty();
}

void Describe(ConfigVisitor& v, SpaceConfig& c) {
  v.Base("file",
         {"a YAML file with keys of this section (configs/spaces); what stands here besides "
          "replaces them",
          ""});
  v.Choice("family", c.family, {"mobilenet"}, {"stem, stages of blocks, head", ""});
  v.Reals("width", c.width, {0.01, 4}, {"choices: multiplier of all channel counts", ""});
  v.Resolutions("resolution", c.resolution, {1, 1024},
                {"choices: input height and width, one number where they are equal", "pixels"});
  v.Integers("kernel", c.kernel, {3, 7},
             {"choices per block: window (3, 5, 7) of its spatial convolution", ""});
  v.Integers("expand", c.expand, {1, kMostExpansion},
             {"choices per block: hidden channels / input channels", ""});
  v.Integers("depth", c.depth, {0, 16}, {"choices per stage: number of blocks", "blocks"});
  DescribeBlocks(v, c);
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
  v.Enums("constraints", c.constraints, kSpaceConstraints,
          {"what every network keeps: no stage has fewer channels than one before it", ""});
  v.Require(AllDifferent(c.width), "width", kTwice);
  v.Require(AllDifferent(c.resolution), "resolution", kTwice);
  RequireGoodWindows(v, c);
  RequireUsableMaps(v, c);
  RequireMembers(v, c);
}

}  // namespace mcunas
