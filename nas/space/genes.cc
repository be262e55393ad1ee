#include "nas/space/genes.h"

#include <algorithm>

#include "common/check.h"

namespace mcunas {
namespace {

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
    for (size_t s = 0; s < space_.stages.size(); ++s) Stage(a ? &a->stages[s] : nullptr);
  }

 private:
  void Stage(const std::vector<BlockChoice>* stage) {
    const auto [least, most] = std::minmax_element(space_.depth.begin(), space_.depth.end());
    Gene(space_.depth, stage ? RankOf(space_.depth, stage->size()) : 0, false);
    for (int64_t i = 0; i < *most; ++i) {
      const bool optional = i >= *least;
      const bool present = stage && i < static_cast<int64_t>(stage->size());
      const BlockChoice block = present ? (*stage)[static_cast<size_t>(i)] : BlockChoice{};
      const int above = optional && present ? 1 : 0;
      Gene(space_.kernel, present ? RankOf(space_.kernel, block.kernel) + above : 0, optional);
      Gene(space_.expand, present ? RankOf(space_.expand, block.expansion) + above : 0, optional);
    }
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

class Neighbourhood {
 public:
  Neighbourhood(const SpaceConfig& space, const Architecture& centre)
      : space_(space), centre_(centre) {}

  std::vector<Architecture> All() {
    ForOthers(space_.resolution, centre_.resolution, [&](int r) { Add().resolution = r; });
    ForOthers(space_.width, centre_.width, [&](double w) { Add().width = w; });
    for (size_t s = 0; s < centre_.stages.size(); ++s) {
      for (size_t i = 0; i < centre_.stages[s].size(); ++i) {
        const BlockChoice& block = centre_.stages[s][i];
        ForOthers(space_.kernel, block.kernel, [&](int k) { Add().stages[s][i].kernel = k; });
        ForOthers(space_.expand, block.expansion, [&](int e) { Add().stages[s][i].expansion = e; });
      }
      ForOthers(space_.depth, centre_.stages[s].size(), [&](size_t depth) { Resize(s, depth); });
    }
    return std::move(all_);
  }

 private:
  Architecture& Add() { return all_.emplace_back(centre_); }

  void Resize(size_t s, size_t depth) {
    if (depth < centre_.stages[s].size()) {
      Add().stages[s].resize(depth);
      return;
    }
    for (const int64_t kernel : space_.kernel) {
      for (const int64_t expansion : space_.expand) {
        Add().stages[s].resize(depth, {static_cast<int>(kernel), static_cast<int>(expansion)});
      }
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
