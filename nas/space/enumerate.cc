#include "nas/space/enumerate.h"

#include <algorithm>
#include <cmath>

#include "nas/space/space_config.h"

namespace mcunas {
namespace {

template <typename T, typename Value>
bool Has(const std::vector<T>& choices, Value value) {
  return std::any_of(choices.begin(), choices.end(),
                     [&](const T& c) { return static_cast<Value>(c) == value; });
}

template <typename T>
T MaxOf(const std::vector<T>& values) {
  return *std::max_element(values.begin(), values.end());
}

template <typename T>
T MinOf(const std::vector<T>& values) {
  return *std::min_element(values.begin(), values.end());
}

Architecture Uniform(const SpaceConfig& space, int resolution, double width,
                     const std::vector<BlockChoice>& stage) {
  Architecture result;
  result.resolution = resolution;
  result.width = width;
  result.stages.assign(space.stages.size(), stage);
  return result;
}

// All stages of one depth: every combination of kernel and expansion per block, last block fastest.
void AppendStages(const SpaceConfig& space, size_t depth,
                  std::vector<std::vector<BlockChoice>>* stages) {
  const size_t per_block = space.kernel.size() * space.expand.size();
  std::vector<size_t> digits(depth, 0);
  while (true) {
    std::vector<BlockChoice> stage(depth);
    for (size_t i = 0; i < depth; ++i) {
      stage[i].kernel = static_cast<int>(space.kernel[digits[i] / space.expand.size()]);
      stage[i].expansion = static_cast<int>(space.expand[digits[i] % space.expand.size()]);
    }
    stages->push_back(std::move(stage));
    size_t place = depth;
    while (place > 0 && ++digits[place - 1] == per_block) digits[--place] = 0;
    if (place == 0) return;
  }
}

// Extends `prefix` by every choice of the remaining stages.
void AppendCompletions(const std::vector<std::vector<BlockChoice>>& stages, size_t remaining,
                       Architecture* prefix, std::vector<Architecture>* all) {
  if (remaining == 0) {
    all->push_back(*prefix);
    return;
  }
  for (const auto& stage : stages) {
    prefix->stages.push_back(stage);
    AppendCompletions(stages, remaining - 1, prefix, all);
    prefix->stages.pop_back();
  }
}

}  // namespace

bool Contains(const SpaceConfig& space, const Architecture& architecture) {
  if (architecture.stages.size() != space.stages.size()) return false;
  if (!Has(space.resolution, architecture.resolution) || !Has(space.width, architecture.width)) {
    return false;
  }
  return std::all_of(
      architecture.stages.begin(), architecture.stages.end(), [&](const auto& stage) {
        return Has(space.depth, stage.size()) &&
               std::all_of(stage.begin(), stage.end(), [&](const BlockChoice& block) {
                 return Has(space.kernel, block.kernel) && Has(space.expand, block.expansion);
               });
      });
}

Architecture Largest(const SpaceConfig& space) {
  const BlockChoice block{static_cast<int>(MaxOf(space.kernel)),
                          static_cast<int>(MaxOf(space.expand))};
  const std::vector<BlockChoice> stage(static_cast<size_t>(MaxOf(space.depth)), block);
  return Uniform(space, static_cast<int>(MaxOf(space.resolution)), MaxOf(space.width), stage);
}

Architecture Smallest(const SpaceConfig& space) {
  const BlockChoice block{static_cast<int>(MinOf(space.kernel)),
                          static_cast<int>(MinOf(space.expand))};
  const std::vector<BlockChoice> stage(static_cast<size_t>(MinOf(space.depth)), block);
  return Uniform(space, static_cast<int>(MinOf(space.resolution)), MinOf(space.width), stage);
}

double SpaceSize(const SpaceConfig& space) {
  const double per_block = static_cast<double>(space.kernel.size() * space.expand.size());
  double per_stage = 0;
  for (const int64_t depth : space.depth) per_stage += std::pow(per_block, depth);
  return static_cast<double>(space.resolution.size() * space.width.size()) *
         std::pow(per_stage, space.stages.size());
}

Expected<std::vector<Architecture>> Enumerate(const SpaceConfig& space, int64_t limit) {
  if (SpaceSize(space) > static_cast<double>(limit)) {
    return Error{ErrorCode::kInfeasible, "the space has more than " + std::to_string(limit) +
                                             " architectures, too many to list"};
  }
  std::vector<std::vector<BlockChoice>> stages;
  for (const int64_t depth : space.depth) {
    AppendStages(space, static_cast<size_t>(depth), &stages);
  }
  std::vector<Architecture> all;
  for (const int64_t resolution : space.resolution) {
    for (const double width : space.width) {
      Architecture prefix;
      prefix.resolution = static_cast<int>(resolution);
      prefix.width = width;
      AppendCompletions(stages, space.stages.size(), &prefix, &all);
    }
  }
  return all;
}

}  // namespace mcunas
