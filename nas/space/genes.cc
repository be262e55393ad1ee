#include "nas/space/genes.h"

#include <algorithm>

#include "common/check.h"
#include "nas/space/block_fields.h"
#include "nas/space/enumerate.h"
#include "nas/space/stage_options.h"

namespace mcunas {
namespace {

// Of so many options at most every n-th is tried as a new block.
constexpr size_t kMaxNewBlocks = 64;

// Choices below `value`.
template <typename T, typename Value>
int RankOf(const std::vector<T>& choices, Value value) {
  return static_cast<int>(std::count_if(choices.begin(), choices.end(), [&](const T& choice) {
    return static_cast<Value>(choice) < value;
  }));
}

// Visits the open choices of a space in the order of their genes: their number of levels, and the
// level of an architecture where there is one.
template <typename Visit>
class GeneWalk {
 public:
  GeneWalk(const SpaceConfig& space, const Architecture* architecture, Visit visit)
      : space_(space), architecture_(architecture), visit_(visit) {}

  void Walk() {
    const Architecture* a = architecture_;
    Gene(space_.resolution, a ? RankOf(space_.resolution, a->resolution) : 0, false);
    Gene(space_.width, a ? RankOf(space_.width, a->width) : 0, false);
    const std::vector<StageOptions> options = OptionsOf(space_);
    for (size_t s = 0; s < options.size(); ++s) {
      Stage(options[s], a ? &a->stages[s] : nullptr);
      Channels(options[s], a && options[s].channels_open() ? a->channels[s] : 0);
    }
  }

 private:
  void Stage(const StageOptions& options, const std::vector<BlockChoice>* stage) {
    const int64_t least = options.least_depth(), most = options.most_depth();
    Gene(options.depth, stage ? RankOf(options.depth, stage->size()) : 0, false);
    for (int64_t i = 0; i < most; ++i) {
      const bool optional = i >= least;
      const bool present = stage && i < std::ssize(*stage);
      const BlockChoice block = present ? (*stage)[static_cast<size_t>(i)] : BlockChoice{};
      const int above = optional && present ? 1 : 0;
      ForEachBlockField([&](const auto field) {
        const auto values = ValuesOf(options.at(static_cast<size_t>(i)), field);
        Gene(values, present ? RankOf(values, block.*field) + above : 0, optional);
      });
    }
  }

  void Channels(const StageOptions& options, int channels) {
    const bool optional = options.least_depth() == 0;
    const int above = optional ? 1 : 0;
    Gene(options.channels, channels > 0 ? RankOf(options.channels, channels) + above : 0, optional);
  }

  // A single choice is no gene.
  template <typename T>
  void Gene(const std::vector<T>& choices, int level, bool optional) {
    if (choices.size() > 1) visit_(level, static_cast<int>(choices.size()) + (optional ? 1 : 0));
  }

  const SpaceConfig& space_;
  const Architecture* architecture_;
  Visit visit_;
};

// Calls `change` with every choice but `current`.
template <typename T, typename Value, typename Change>
void ForOthers(const std::vector<T>& choices, Value current, Change change) {
  for (const T& choice : choices) {
    if (static_cast<Value>(choice) != current) change(static_cast<Value>(choice));
  }
}

// Options that another value of one field asks for, none twice.
std::vector<BlockChoice> NearBlocks(const std::vector<BlockChoice>& options,
                                    const BlockChoice& block) {
  std::vector<BlockChoice> near;
  ForEachBlockField([&](const auto field) {
    ForOthers(ValuesOf(options, field), block.*field, [&](const auto value) {
      for (const BlockChoice& other : NearestWith(options, block, field, value)) {
        if (std::find(near.begin(), near.end(), other) == near.end()) near.push_back(other);
      }
    });
  });
  return near;
}

class Neighbourhood {
 public:
  Neighbourhood(const SpaceConfig& space, const Architecture& centre)
      : space_(space), centre_(centre) {}

  std::vector<Architecture> All() {
    ForOthers(space_.resolution, centre_.resolution,
              [&](const Resolution& r) { Add().resolution = r; });
    ForOthers(space_.width, centre_.width, [&](double w) { Add().width = w; });
    const std::vector<StageOptions> options = OptionsOf(space_);
    for (size_t s = 0; s < options.size(); ++s) {
      const auto& stage = centre_.stages[s];
      for (size_t i = 0; i < stage.size(); ++i) {
        for (const BlockChoice& block : NearBlocks(options[s].at(i), stage[i])) {
          Add().stages[s][i] = block;
        }
      }
      ForOthers(options[s].depth, stage.size(),
                [&](size_t depth) { Resize(options[s], s, depth); });
      if (!options[s].channels_open() || stage.empty()) continue;
      ForOthers(options[s].channels, centre_.channels[s],
                [&](int channels) { Add().channels[s] = channels; });
    }
    std::erase_if(all_, [&](const Architecture& a) { return !KeepsConstraints(space_, a); });
    return std::move(all_);
  }

 private:
  Architecture& Add() { return all_.emplace_back(centre_); }

  void Resize(const StageOptions& options, size_t s, size_t depth) {
    if (depth < centre_.stages[s].size()) {
      Architecture& shorter = Add();
      shorter.stages[s].resize(depth);
      if (depth == 0 && options.channels_open()) shorter.channels[s] = 0;
      return;
    }
    const auto& kinds = options.at(depth - 1);
    const size_t step = (kinds.size() + kMaxNewBlocks - 1) / kMaxNewBlocks;
    for (size_t k = 0; k < kinds.size(); k += step) Deepen(options, s, depth, kinds[k]);
  }

  // A stage that begins here does so with the first block most like the others, and with its first
  // channels.
  void Deepen(const StageOptions& options, size_t s, size_t depth, const BlockChoice& block) {
    Architecture& deeper = Add();
    const bool begins = deeper.stages[s].empty();
    deeper.stages[s].resize(depth, block);
    if (!begins) return;
    deeper.stages[s].front() =
        *std::min_element(options.first.begin(), options.first.end(),
                          [&](const BlockChoice& a, const BlockChoice& b) {
                            return DifferentFields(a, block) < DifferentFields(b, block);
                          });
    if (options.channels_open()) {
      deeper.channels[s] = static_cast<int>(options.channels.front());
    }
  }

  const SpaceConfig& space_;
  const Architecture& centre_;
  std::vector<Architecture> all_;
};

}  // namespace

std::vector<uint8_t> GeneLevels(const SpaceConfig& space, const Architecture& architecture) {
  MCUNAS_CHECK(architecture.stages.size() == space.stages.size(), "stages differ from the space");
  std::vector<uint8_t> levels;
  const auto keep = [&](int level, int) { levels.push_back(static_cast<uint8_t>(level)); };
  GeneWalk<decltype(keep)>(space, &architecture, keep).Walk();
  return levels;
}

std::vector<int> GeneLevelCounts(const SpaceConfig& space) {
  std::vector<int> counts;
  const auto keep = [&](int, int count) { counts.push_back(count); };
  GeneWalk<decltype(keep)>(space, nullptr, keep).Walk();
  return counts;
}

std::vector<Architecture> Neighbours(const SpaceConfig& space, const Architecture& architecture) {
  return Neighbourhood(space, architecture).All();
}

}  // namespace mcunas
