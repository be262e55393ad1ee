#include "nas/space/stage_options.h"

#include <algorithm>

#include "common/check.h"
#include "nas/space/block_word.h"
#include "nas/space/space_config.h"

namespace mcunas {
namespace {

// The stage's list, else the section's, else one value.
template <typename T>
std::vector<T> Given(const std::vector<T>& stage, const std::vector<T>& section, T standard) {
  if (!stage.empty()) return stage;
  return section.empty() ? std::vector<T>{standard} : section;
}

// Every value of one list in the place of every block, once where its kind does not have the field.
template <typename T, typename Field>
void Multiply(const std::vector<T>& values, Field BlockChoice::*field,
              std::vector<BlockChoice>* blocks) {
  std::vector<BlockChoice> product;
  product.reserve(blocks->size() * values.size());
  for (BlockChoice block : *blocks) {
    for (const T& value : values) {
      block.*field = static_cast<Field>(value);
      const BlockChoice option = Canonical(block);
      if (product.empty() || product.back() != option) product.push_back(option);
    }
  }
  *blocks = std::move(product);
}

std::vector<BlockChoice> Product(const SpaceConfig& space, const StageConfig& stage) {
  std::vector<BlockChoice> blocks = {BlockChoice{}};
  Multiply(Given(stage.block, space.block, BlockKind::kMbconv), &BlockChoice::kind, &blocks);
  Multiply(Given<int64_t>(stage.kernel, space.kernel, 3), &BlockChoice::kernel, &blocks);
  Multiply(Given<int64_t>(stage.expand, space.expand, 4), &BlockChoice::expansion, &blocks);
  Multiply(Given(stage.block_width, space.block_width, 1.0), &BlockChoice::width, &blocks);
  Multiply(Given(stage.se, space.se, 0.0), &BlockChoice::se, &blocks);
  Multiply(Given(stage.act, space.act, BlockActivation::kRelu6), &BlockChoice::act, &blocks);
  Multiply(Given<int64_t>(stage.bits, space.bits, 8), &BlockChoice::bits, &blocks);
  return blocks;
}

std::vector<BlockChoice> InWords(const std::vector<std::string>& words) {
  std::vector<BlockChoice> options;
  for (const std::string& word : words) {
    const auto block = ParseBlockWord(word);
    MCUNAS_CHECK(block.has_value(), "a word that Describe lets through is a block");
    if (std::find(options.begin(), options.end(), *block) == options.end()) {
      options.push_back(*block);
    }
  }
  return options;
}

// Where a block behind the first may be left out, every smaller depth is possible, too.
std::vector<int64_t> DepthsBelow(const std::vector<int64_t>& depths) {
  std::vector<int64_t> all;
  const auto [least, most] = std::minmax_element(depths.begin(), depths.end());
  for (int64_t depth = std::min<int64_t>(1, *least); depth <= *most; ++depth) all.push_back(depth);
  return all;
}

StageOptions Options(const SpaceConfig& space, const StageConfig& stage) {
  StageOptions options;
  options.channels = stage.channels;
  options.depth = Given<int64_t>(stage.depth, space.depth, 1);
  const bool words = !stage.choices.empty() || !stage.lists_blocks();
  const auto& choices = stage.choices.empty() ? space.choices : stage.choices;
  const auto& first = stage.first.empty() ? space.first : stage.first;
  options.first = words && !choices.empty() ? InWords(choices) : Product(space, stage);
  for (const BlockChoice& block : options.first) {
    if (block.kind != BlockKind::kSkip) options.rest.push_back(block);
  }
  if (options.rest.size() < options.first.size()) options.depth = DepthsBelow(options.depth);
  if (!first.empty()) options.first = InWords(first);
  return options;
}

}  // namespace

int64_t StageOptions::least_depth() const { return *std::min_element(depth.begin(), depth.end()); }

int64_t StageOptions::most_depth() const { return *std::max_element(depth.begin(), depth.end()); }

std::vector<StageOptions> OptionsOf(const SpaceConfig& space) {
  std::vector<StageOptions> options;
  const StageOptions* usual = nullptr;  // of the stages that list nothing of their own
  options.reserve(space.stages.size());
  for (const StageConfig& stage : space.stages) {
    const bool own = stage.lists_blocks() || !stage.depth.empty() || !stage.choices.empty() ||
                     !stage.first.empty();
    options.push_back(own || usual == nullptr ? Options(space, stage) : *usual);
    options.back().channels = stage.channels;
    if (!own) usual = &options.back();
  }
  return options;
}

}  // namespace mcunas
