#include "nas/space/variation.h"

#include <algorithm>

#include "common/index.h"
#include "common/random.h"
#include "nas/space/block_fields.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"
#include "nas/space/stage_options.h"

namespace mcunas {
namespace {

// Draws until the constraints hold.
constexpr int kSampleTries = 10'000;
constexpr int kVariationTries = 100;

// Leaves the options with one value of a field, all values equally likely.
template <typename Field>
void DrawField(Field BlockChoice::*field, RandomStream* random, std::vector<BlockChoice>* options) {
  const Field value = random->Pick(ValuesOf(*options, field));
  std::erase_if(*options, [&](const BlockChoice& option) { return option.*field != value; });
}

// Kind, then kernel and expansion, then the rest, each among what the draws before it have left.
BlockChoice SampleBlock(std::vector<BlockChoice> options, RandomStream* random) {
  const auto draw_open = [&](const auto field) {
    if (ValuesOf(options, field).size() > 1) DrawField(field, random, &options);
  };
  draw_open(&BlockChoice::kind);
  DrawField(&BlockChoice::kernel, random, &options);
  DrawField(&BlockChoice::expansion, random, &options);
  ForEachBlockField(draw_open);
  return options.front();
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
    const std::vector<StageOptions> options = OptionsOf(space_);
    for (size_t s = 0; s < options.size(); ++s) {
      ChangeStage(options[s], &a->stages[s]);
      if (options[s].channels_open()) {
        ChangeChannels(options[s], a->stages[s].empty(), &a->channels[s]);
      }
    }
  }

 private:
  template <typename T, typename Value>
  void Gene(const std::vector<T>& choices, Value* value) {
    if (choices.size() > 1 && decide_()) *value = PickOther(choices, *value, random_);
  }

  void ChangeStage(const StageOptions& options, std::vector<BlockChoice>* stage) {
    for (size_t i = 0; i < stage->size(); ++i) {
      ForEachBlockField([&](const auto field) { ChangeField(options.at(i), field, &(*stage)[i]); });
    }
    size_t depth = stage->size();
    Gene(options.depth, &depth);
    stage->resize(std::min(depth, stage->size()));
    while (stage->size() < depth) {
      stage->push_back(SampleBlock(options.at(stage->size()), random_));
    }
  }

  // Where no option differs in this field alone, one of those that differ least in the others.
  template <typename Field>
  void ChangeField(const std::vector<BlockChoice>& options, Field BlockChoice::*field,
                   BlockChoice* block) {
    const std::vector<Field> values = ValuesOf(options, field);
    Field value = block->*field;
    Gene(values, &value);
    if (value == block->*field) return;
    const std::vector<BlockChoice> nearest = NearestWith(options, *block, field, value);
    *block = nearest.size() == 1 ? nearest.front() : random_->Pick(nearest);
  }

  void ChangeChannels(const StageOptions& options, bool left_out, int* channels) {
    if (left_out) {
      *channels = 0;
    } else if (*channels == 0) {
      *channels = static_cast<int>(random_->Pick(options.channels));
    } else {
      Gene(options.channels, channels);
    }
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

Architecture SampleAny(const SpaceConfig& space, const std::vector<StageOptions>& options,
                       RandomStream* random) {
  Architecture result;
  result.resolution = random->Pick(space.resolution);
  result.width = random->Pick(space.width);
  std::vector<int> channels(options.size(), 0);
  bool open = false;
  for (size_t s = 0; s < options.size(); ++s) {
    auto& stage = result.stages.emplace_back(Index(random->Pick(options[s].depth)));
    for (size_t i = 0; i < stage.size(); ++i) {
      stage[i] = SampleBlock(options[s].at(i), random);
    }
    if (!options[s].channels_open()) continue;
    open = true;
    if (!stage.empty()) channels[s] = static_cast<int>(random->Pick(options[s].channels));
  }
  if (open) result.channels = std::move(channels);
  return result;
}

Architecture MutateAny(const SpaceConfig& space, const Architecture& parent, double probability,
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

// A coin is thrown for these whatever the options, as seeded histories of older spaces have it.
bool AlwaysCrossed(int BlockChoice::*field) {
  return field == &BlockChoice::kernel || field == &BlockChoice::expansion;
}
template <typename Field>
bool AlwaysCrossed(Field BlockChoice::*) {
  return false;
}

// Field by field from either parent; a mixture that is no option is one of the parents' blocks.
BlockChoice CrossBlocks(const std::vector<BlockChoice>& options, const BlockChoice& a,
                        const BlockChoice& b, RandomStream* random) {
  BlockChoice mixed = a;
  ForEachBlockField([&](const auto field) {
    if (!AlwaysCrossed(field) && ValuesOf(options, field).size() < 2) return;
    if (!random->Chance(0.5)) mixed.*field = b.*field;
  });
  if (std::find(options.begin(), options.end(), mixed) != options.end()) return mixed;
  return random->Chance(0.5) ? a : b;
}

Architecture CrossoverAny(const std::vector<StageOptions>& options, const Architecture& first,
                          const Architecture& second, RandomStream* random) {
  const auto coin = [&] { return random->Chance(0.5); };
  Architecture child;
  child.resolution = coin() ? first.resolution : second.resolution;
  child.width = coin() ? first.width : second.width;
  child.channels = first.channels;
  for (size_t s = 0; s < options.size(); ++s) {
    const auto& a = first.stages[s];
    const auto& b = second.stages[s];
    std::vector<BlockChoice> stage(coin() ? a.size() : b.size());
    for (size_t i = 0; i < stage.size(); ++i) {
      // A block that only one parent has comes from that parent.
      const BlockChoice& from_a = i < a.size() ? a[i] : b[i];
      const BlockChoice& from_b = i < b.size() ? b[i] : a[i];
      stage[i] = CrossBlocks(options[s].at(i), from_a, from_b, random);
    }
    if (options[s].channels_open()) {
      const int of_a = first.channels[s], of_b = second.channels[s];
      const int chosen = coin() ? of_a : of_b;
      child.channels[s] = stage.empty() ? 0 : chosen > 0 ? chosen : std::max(of_a, of_b);
    }
    child.stages.push_back(std::move(stage));
  }
  return child;
}

}  // namespace

Architecture Sample(const SpaceConfig& space, RandomStream* random) {
  const std::vector<StageOptions> options = OptionsOf(space);
  for (int tries = 0; tries < kSampleTries; ++tries) {
    Architecture drawn = SampleAny(space, options, random);
    if (KeepsConstraints(space, drawn)) return drawn;
  }
  return Smallest(space);
}

Architecture Mutate(const SpaceConfig& space, const Architecture& parent, double probability,
                    RandomStream* random) {
  for (int tries = 0; tries < kVariationTries; ++tries) {
    Architecture child = MutateAny(space, parent, probability, random);
    if (KeepsConstraints(space, child)) return child;
  }
  return parent;
}

Architecture Crossover(const SpaceConfig& space, const Architecture& first,
                       const Architecture& second, RandomStream* random) {
  const std::vector<StageOptions> options = OptionsOf(space);
  for (int tries = 0; tries < kVariationTries; ++tries) {
    Architecture child = CrossoverAny(options, first, second, random);
    if (KeepsConstraints(space, child)) return child;
  }
  return first;
}

}  // namespace mcunas
