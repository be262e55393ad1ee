#include "nas/space/variation.h"

#include <algorithm>

#include "common/random.h"
#include "nas/space/space_config.h"

namespace mcunas {
namespace {

BlockChoice SampleBlock(const SpaceConfig& space, RandomStream* random) {
  BlockChoice block;
  block.kernel = static_cast<int>(random->Pick(space.kernel));
  block.expansion = static_cast<int>(random->Pick(space.expand));
  return block;
}

// One of the other values, all equally likely. Pre-condition: more than one value.
template <typename T, typename Value>
Value PickOther(const std::vector<T>& choices, Value current, RandomStream* random) {
  const auto at = std::find_if(choices.begin(), choices.end(),
                               [&](const T& c) { return static_cast<Value>(c) == current; });
  const auto index = static_cast<size_t>(at - choices.begin());
  const auto other = static_cast<size_t>(random->Below(choices.size() - 1));
  return static_cast<Value>(choices[other < index ? other : other + 1]);
}

// Visits the genes of a genotype one by one and changes those that `decide` names. Genes with a
// single value are not genes: they are neither counted nor asked for.
template <typename Decide>
class GeneChanger {
 public:
  GeneChanger(const SpaceConfig& space, RandomStream* random, Decide decide)
      : space_(space), random_(random), decide_(decide) {}

  void Change(Architecture* a) {
    Gene(space_.resolution, &a->resolution);
    Gene(space_.width, &a->width);
    for (auto& stage : a->stages) {
      for (BlockChoice& block : stage) {
        Gene(space_.kernel, &block.kernel);
        Gene(space_.expand, &block.expansion);
      }
      size_t depth = stage.size();
      Gene(space_.depth, &depth);
      stage.resize(std::min(depth, stage.size()));
      while (stage.size() < depth) stage.push_back(SampleBlock(space_, random_));
    }
  }

 private:
  template <typename T, typename Value>
  void Gene(const std::vector<T>& choices, Value* value) {
    if (choices.size() > 1 && decide_()) *value = PickOther(choices, *value, random_);
  }

  const SpaceConfig& space_;
  RandomStream* random_;
  Decide decide_;
};

template <typename Decide>
void ChangeGenes(const SpaceConfig& space, RandomStream* random, Architecture* a, Decide decide) {
  GeneChanger<Decide>(space, random, decide).Change(a);
}

int64_t CountGenes(const SpaceConfig& space, const Architecture& architecture) {
  Architecture copy = architecture;
  int64_t genes = 0;
  ChangeGenes(space, nullptr, &copy, [&] {
    ++genes;
    return false;
  });
  return genes;
}

}  // namespace

Architecture Sample(const SpaceConfig& space, RandomStream* random) {
  Architecture result;
  result.resolution = static_cast<int>(random->Pick(space.resolution));
  result.width = random->Pick(space.width);
  for (size_t s = 0; s < space.stages.size(); ++s) {
    std::vector<BlockChoice> stage(static_cast<size_t>(random->Pick(space.depth)));
    for (BlockChoice& block : stage) block = SampleBlock(space, random);
    result.stages.push_back(std::move(stage));
  }
  return result;
}

Architecture Mutate(const SpaceConfig& space, const Architecture& parent, double probability,
                    RandomStream* random) {
  Architecture child = parent;
  ChangeGenes(space, random, &child, [&] { return random->Chance(probability); });
  if (child != parent) return child;
  const int64_t genes = CountGenes(space, parent);
  if (genes == 0) return child;
  const auto chosen = static_cast<int64_t>(random->Below(static_cast<uint64_t>(genes)));
  int64_t gene = 0;
  ChangeGenes(space, random, &child, [&] { return gene++ == chosen; });
  return child;
}

Architecture Crossover(const SpaceConfig& space, const Architecture& first,
                       const Architecture& second, RandomStream* random) {
  const auto coin = [&] { return random->Chance(0.5); };
  Architecture child;
  child.resolution = coin() ? first.resolution : second.resolution;
  child.width = coin() ? first.width : second.width;
  for (size_t s = 0; s < space.stages.size(); ++s) {
    const auto& a = first.stages[s];
    const auto& b = second.stages[s];
    std::vector<BlockChoice> stage(coin() ? a.size() : b.size());
    for (size_t i = 0; i < stage.size(); ++i) {
      // A block that only one parent has comes from that parent.
      const BlockChoice& from_a = i < a.size() ? a[i] : b[i];
      const BlockChoice& from_b = i < b.size() ? b[i] : a[i];
      stage[i].kernel = coin() ? from_a.kernel : from_b.kernel;
      stage[i].expansion = coin() ? from_a.expansion : from_b.expansion;
    }
    child.stages.push_back(std::move(stage));
  }
  return child;
}

}  // namespace mcunas
