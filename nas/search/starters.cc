#include "nas/search/starters.h"

#include <algorithm>
#include <queue>
#include <set>
#include <string>

#include "nas/space/block_fields.h"
#include "nas/space/enumerate.h"
#include "nas/space/stage_options.h"

namespace mcunas {
namespace {

// What memory says of one network.
struct Sized {
  Architecture architecture;
  double macs = 0;
  bool fits = false;
};

Sized Size(const Architecture& architecture, const MemoryEvaluator& memory) {
  CandidateRecord record;
  record.architecture = architecture;
  memory.Evaluate(&record);
  return {architecture, MetricValue(record, metric::kMacs).value_or(0),
          record.failure == FailureClass::kNone};
}

bool MoreMacs(const Sized& a, const Sized& b) { return a.macs > b.macs; }

// The choice next to `current` in the list, or nothing at its end.
template <typename T, typename Value>
std::optional<Value> Next(const std::vector<T>& choices, Value current, bool larger) {
  std::optional<Value> next;
  for (const T& choice : choices) {
    const auto value = static_cast<Value>(choice);
    const bool beyond = larger ? value > current : value < current;
    if (beyond && (!next || (larger ? value < *next : value > *next))) next = value;
  }
  return next;
}

// Options one step larger, or smaller, than a block. Of windows and expansions alone: one of the
// two changed. Otherwise the next one in the order of Largest.
std::vector<BlockChoice> BlockSteps(const std::vector<BlockChoice>& options,
                                    const BlockChoice& block, bool larger) {
  std::vector<BlockChoice> steps;
  const auto kernels = ValuesOf(options, &BlockChoice::kernel);
  const auto expansions = ValuesOf(options, &BlockChoice::expansion);
  const bool windows = std::all_of(options.begin(), options.end(), [&](BlockChoice option) {
    option.kernel = block.kernel;
    option.expansion = block.expansion;
    return option == block;
  });
  if (windows && options.size() == kernels.size() * expansions.size()) {
    if (const auto kernel = Next(kernels, block.kernel, larger)) {
      steps.emplace_back(block).kernel = *kernel;
    }
    if (const auto expansion = Next(expansions, block.expansion, larger)) {
      steps.emplace_back(block).expansion = *expansion;
    }
    return steps;
  }
  std::vector<BlockChoice> beyond;
  for (const BlockChoice& option : options) {
    const BlockChoice lower = SmallestBlock({option, block});
    if (option != block && (lower == block) == larger) beyond.push_back(option);
  }
  if (!beyond.empty()) steps.push_back(larger ? SmallestBlock(beyond) : LargestBlock(beyond));
  return steps;
}

// All architectures with one choice one step larger, or smaller.
class Steps {
 public:
  Steps(const SpaceConfig& space, const Architecture& from, bool larger)
      : options_(OptionsOf(space)), from_(from), larger_(larger) {
    Change(space.resolution, from.resolution,
           [](Architecture& a, const Resolution& v) { a.resolution = v; });
    Change(space.width, from.width, [](Architecture& a, double v) { a.width = v; });
    for (size_t s = 0; s < from.stages.size(); ++s) StageSteps(s);
    if (space.constraints.empty()) return;
    std::erase_if(found_, [&](const Architecture& a) { return !Contains(space, a); });
  }
  std::vector<Architecture> Take() { return std::move(found_); }

 private:
  void StageSteps(size_t s) {
    const auto& stage = from_.stages[s];
    Change(options_[s].depth, stage.size(),
           [&](Architecture& a, size_t depth) { Resize(s, depth, &a); });
    for (size_t b = 0; b < stage.size(); ++b) {
      for (const BlockChoice& block : BlockSteps(options_[s].at(b), stage[b], larger_)) {
        found_.emplace_back(from_).stages[s][b] = block;
      }
    }
    if (!options_[s].channels_open() || stage.empty()) return;
    Change(options_[s].channels, from_.channels[s],
           [&](Architecture& a, int v) { a.channels[s] = v; });
  }
  // New blocks and channels are the smallest there are: the smallest step that deepens.
  void Resize(size_t s, size_t depth, Architecture* a) const {
    auto& stage = a->stages[s];
    const bool begins = stage.empty();
    stage.resize(std::min(depth, stage.size()));
    while (stage.size() < depth) stage.push_back(SmallestBlock(options_[s].at(stage.size())));
    if (!options_[s].channels_open() || !(begins || depth == 0)) return;
    const auto& channels = options_[s].channels;
    const int64_t least = *std::min_element(channels.begin(), channels.end());
    a->channels[s] = depth == 0 ? 0 : static_cast<int>(least);
  }
  template <typename T, typename Value, typename Set>
  void Change(const std::vector<T>& choices, Value current, const Set& set) {
    const std::optional<Value> next = Next(choices, current, larger_);
    if (!next) return;
    set(found_.emplace_back(from_), *next);
  }

  std::vector<StageOptions> options_;
  const Architecture& from_;
  bool larger_;
  std::vector<Architecture> found_;
};

// Downhill in MACs, so that the first that fits is the largest that fits.
std::optional<Architecture> BestFirst(const SpaceConfig& space, const MemoryEvaluator& memory,
                                      int tries) {
  const auto fewer = [](const Sized& a, const Sized& b) { return a.macs < b.macs; };
  std::priority_queue<Sized, std::vector<Sized>, decltype(fewer)> open(fewer);
  std::set<std::string> seen;
  const auto add = [&](const Architecture& a) {
    if (seen.insert(ArchitectureToJson(a)).second) open.push(Size(a, memory));
  };
  add(Largest(space));
  while (!open.empty() && seen.size() <= static_cast<size_t>(tries)) {
    const Sized top = open.top();
    open.pop();
    if (top.fits) return top.architecture;
    for (const Architecture& smaller : Steps(space, top.architecture, false).Take()) add(smaller);
  }
  return std::nullopt;
}

// Takes the step with the most MACs that fits until none does. Pre-condition: `from` fits.
Sized Climb(const SpaceConfig& space, const MemoryEvaluator& memory, Sized from) {
  while (true) {
    std::vector<Sized> steps;
    for (const Architecture& larger : Steps(space, from.architecture, true).Take())
      steps.push_back(Size(larger, memory));
    std::stable_sort(steps.begin(), steps.end(), MoreMacs);
    const auto best =
        std::find_if(steps.begin(), steps.end(), [](const Sized& s) { return s.fits; });
    if (best == steps.end()) return from;
    from = *best;
  }
}

std::vector<Sized> SizedScalings(const SpaceConfig& space, const MemoryEvaluator& memory) {
  std::vector<Sized> scalings;
  Architecture scaled = Largest(space);
  for (const double width : space.width) {
    for (const Resolution& resolution : space.resolution) {
      scaled.width = width;
      scaled.resolution = resolution;
      const Sized sized = Size(scaled, memory);
      if (sized.fits) scalings.push_back(sized);
    }
  }
  std::stable_sort(scalings.begin(), scalings.end(), MoreMacs);
  return scalings;
}

}  // namespace

std::optional<Architecture> LargestWithin(const SpaceConfig& space, const MemoryEvaluator& memory,
                                          int tries) {
  if (auto found = BestFirst(space, memory, tries)) return found;
  std::vector<Sized> starts = SizedScalings(space, memory);
  const Sized smallest = Size(Smallest(space), memory);
  if (smallest.fits) starts.push_back(smallest);
  std::optional<Sized> best;
  for (const Sized& start : starts) {
    const Sized top = Climb(space, memory, start);
    if (!best || MoreMacs(top, *best)) best = top;
  }
  if (!best) return std::nullopt;
  return best->architecture;
}

std::vector<Architecture> UniformScalings(const SpaceConfig& space, const MemoryEvaluator& memory) {
  std::vector<Architecture> scalings;
  for (const Sized& sized : SizedScalings(space, memory)) scalings.push_back(sized.architecture);
  return scalings;
}

std::vector<Architecture> Starters(const SpaceConfig& space, const MemoryEvaluator& memory,
                                   size_t most, const std::vector<Architecture>& given) {
  std::vector<Architecture> starters = UniformScalings(space, memory);
  if (const auto largest = LargestWithin(space, memory)) {
    std::erase(starters, *largest);
    starters.insert(starters.begin(), *largest);
  }
  for (const Architecture& first : given) std::erase(starters, first);
  starters.resize(std::min(starters.size(), most));
  std::vector<Architecture> all;
  for (const Architecture& first : given) {
    if (std::find(all.begin(), all.end(), first) == all.end()) all.push_back(first);
  }
  all.insert(all.end(), starters.begin(), starters.end());
  return all;
}

}  // namespace mcunas
