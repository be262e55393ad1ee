#include "nas/space/enumerate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "common/index.h"
#include "nas/space/block_geometry.h"
#include "nas/space/space_config.h"
#include "nas/space/stage_options.h"

namespace mcunas {
namespace {

template <typename T, typename Value>
bool Has(const std::vector<T>& choices, const Value& value) {
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

bool Rising(const SpaceConfig& space) {
  return Has(space.constraints, SpaceConstraint::kNonDecreasingChannels);
}

bool StageContains(const StageOptions& options, const std::vector<BlockChoice>& stage) {
  if (!Has(options.depth, stage.size())) return false;
  for (size_t i = 0; i < stage.size(); ++i) {
    if (!Has(options.at(i), stage[i])) return false;
  }
  return true;
}

bool ChannelsContain(const std::vector<StageOptions>& options, const Architecture& architecture) {
  const bool open = std::any_of(options.begin(), options.end(),
                                [](const StageOptions& o) { return o.channels_open(); });
  if (architecture.channels.size() != (open ? options.size() : 0)) return false;
  for (size_t s = 0; s < architecture.channels.size(); ++s) {
    const bool stored = options[s].channels_open() && !architecture.stages[s].empty();
    const int channels = architecture.channels[s];
    if (stored ? !Has(options[s].channels, channels) : channels != 0) return false;
  }
  return true;
}

// More computation, then more of everything else.
bool SmallerBlock(const BlockChoice& a, const BlockChoice& b) {
  const double macs_a = NominalMacs(a), macs_b = NominalMacs(b);
  return std::tie(macs_a, a) < std::tie(macs_b, b);
}

// The first extreme option of every block.
Architecture Extreme(const SpaceConfig& space, bool largest) {
  Architecture result;
  result.resolution = largest ? MaxOf(space.resolution) : MinOf(space.resolution);
  result.width = largest ? MaxOf(space.width) : MinOf(space.width);
  for (const StageOptions& options : OptionsOf(space)) {
    const int64_t depth = largest ? options.most_depth() : options.least_depth();
    auto& stage = result.stages.emplace_back();
    for (int64_t i = 0; i < depth; ++i) {
      stage.push_back(largest ? LargestBlock(options.at(Index(i)))
                              : SmallestBlock(options.at(Index(i))));
    }
  }
  return result;
}

// Extreme channels that no neighbour's forbid.
void ChooseChannels(const SpaceConfig& space, bool largest, Architecture* architecture) {
  const std::vector<StageOptions> options = OptionsOf(space);
  std::vector<int> channels(options.size(), 0);
  bool open = false;
  std::optional<int64_t> bound;  // the neighbour's
  for (size_t n = 0; n < options.size(); ++n) {
    const size_t s = largest ? options.size() - 1 - n : n;
    open = open || options[s].channels_open();
    if (architecture->stages[s].empty()) continue;
    std::vector<int64_t> legal;
    for (const int64_t c : options[s].channels) {
      const bool beyond = bound && Rising(space) && (largest ? c > *bound : c < *bound);
      if (!beyond) legal.push_back(c);
    }
    if (legal.empty()) legal = options[s].channels;  // Contains says no
    bound = largest ? MaxOf(legal) : MinOf(legal);
    if (options[s].channels_open()) channels[s] = static_cast<int>(*bound);
  }
  if (open) architecture->channels = std::move(channels);
}

// One stage with its channels, 0 where they are no gene.
struct StagePoint {
  std::vector<BlockChoice> blocks;
  int channels = 0;
};

// All stages of one depth, last block fastest.
void AppendStages(const StageOptions& options, size_t depth, int channels,
                  std::vector<StagePoint>* points) {
  std::vector<size_t> digits(depth, 0);
  while (true) {
    StagePoint point = {std::vector<BlockChoice>(depth), channels};
    for (size_t i = 0; i < depth; ++i) point.blocks[i] = options.at(i)[digits[i]];
    points->push_back(std::move(point));
    size_t place = depth;
    while (place > 0 && ++digits[place - 1] == options.at(place - 1).size()) digits[--place] = 0;
    if (place == 0) return;
  }
}

std::vector<StagePoint> PointsOf(const StageOptions& options) {
  std::vector<StagePoint> points;
  for (const int64_t depth : options.depth) {
    if (depth == 0 || !options.channels_open()) {
      AppendStages(options, Index(depth), 0, &points);
      continue;
    }
    for (const int64_t channels : options.channels) {
      AppendStages(options, Index(depth), static_cast<int>(channels), &points);
    }
  }
  return points;
}

class Lister {
 public:
  explicit Lister(const SpaceConfig& space) : space_(space) {
    for (const StageOptions& options : OptionsOf(space)) {
      stages_.push_back(PointsOf(options));
      open_ = open_ || options.channels_open();
    }
  }

  std::vector<Architecture> All() {
    for (const Resolution& resolution : space_.resolution) {
      for (const double width : space_.width) {
        Architecture prefix;
        prefix.resolution = resolution;
        prefix.width = width;
        Complete(&prefix);
      }
    }
    return std::move(all_);
  }

 private:
  // Extends `prefix` by every choice of the remaining stages.
  void Complete(Architecture* prefix) {
    if (prefix->stages.size() == stages_.size()) {
      if (KeepsConstraints(space_, *prefix)) all_.push_back(*prefix);
      return;
    }
    for (const StagePoint& point : stages_[prefix->stages.size()]) {
      prefix->stages.push_back(point.blocks);
      if (open_) prefix->channels.push_back(point.channels);
      Complete(prefix);
      prefix->stages.pop_back();
      if (open_) prefix->channels.pop_back();
    }
  }

  const SpaceConfig& space_;
  std::vector<std::vector<StagePoint>> stages_;
  std::vector<Architecture> all_;
  bool open_ = false;
};

// Number of sequences of stages by their last channels, which only matter where these must rise.
using WaysByChannels = std::map<int64_t, double>;

// One more stage of `depth` blocks behind `before`.
void AddStages(const StageOptions& options, int64_t depth, bool rising,
               const WaysByChannels::value_type& before, WaysByChannels* longer) {
  const auto& [last, count] = before;
  const double blocks =
      static_cast<double>(options.first.size()) *
      std::pow(static_cast<double>(options.rest.size()), static_cast<double>(depth - 1));
  for (const int64_t channels : options.channels) {
    if (!rising || channels >= last) (*longer)[rising ? channels : 0] += count * blocks;
  }
}

}  // namespace

BlockChoice LargestBlock(const std::vector<BlockChoice>& options) {
  return *std::max_element(options.begin(), options.end(), SmallerBlock);
}

BlockChoice SmallestBlock(const std::vector<BlockChoice>& options) {
  return *std::min_element(options.begin(), options.end(), SmallerBlock);
}

bool Contains(const SpaceConfig& space, const Architecture& architecture) {
  if (architecture.stages.size() != space.stages.size()) return false;
  if (!Has(space.resolution, architecture.resolution) || !Has(space.width, architecture.width)) {
    return false;
  }
  const std::vector<StageOptions> options = OptionsOf(space);
  for (size_t s = 0; s < options.size(); ++s) {
    if (!StageContains(options[s], architecture.stages[s])) return false;
  }
  return ChannelsContain(options, architecture) && KeepsConstraints(space, architecture);
}

bool KeepsConstraints(const SpaceConfig& space, const Architecture& architecture) {
  if (!Rising(space)) return true;
  int64_t last = 0;
  for (size_t s = 0; s < architecture.stages.size(); ++s) {
    if (architecture.stages[s].empty()) continue;
    const int64_t channels = StageChannels(space, architecture, s);
    if (channels < last) return false;
    last = channels;
  }
  return true;
}

Architecture Largest(const SpaceConfig& space) {
  Architecture result = Extreme(space, true);
  ChooseChannels(space, true, &result);
  return result;
}

Architecture Smallest(const SpaceConfig& space) {
  Architecture result = Extreme(space, false);
  ChooseChannels(space, false, &result);
  return result;
}

double SpaceSize(const SpaceConfig& space) {
  WaysByChannels ways = {{0, 1.0}};
  for (const StageOptions& options : OptionsOf(space)) {
    WaysByChannels longer;
    for (const auto& [last, count] : ways) {
      for (const int64_t depth : options.depth) {
        if (depth == 0) longer[last] += count;
        if (depth > 0) AddStages(options, depth, Rising(space), {last, count}, &longer);
      }
    }
    ways = std::move(longer);
  }
  double stages = 0;
  for (const auto& [last, count] : ways) stages += count;
  return static_cast<double>(space.resolution.size() * space.width.size()) * stages;
}

Expected<std::vector<Architecture>> Enumerate(const SpaceConfig& space, int64_t limit) {
  if (SpaceSize(space) > static_cast<double>(limit)) {
    return Error{ErrorCode::kInfeasible, "the space has more than " + std::to_string(limit) +
                                             " architectures, too many to list"};
  }
  return Lister(space).All();
}

}  // namespace mcunas
