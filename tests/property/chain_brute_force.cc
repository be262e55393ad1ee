#include "tests/property/chain_brute_force.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "network/operator_counts.h"
#include "network/window.h"
#include "tests/property/group_trace.h"

namespace mcunas {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

int64_t Up(int64_t bytes, int64_t to) { return (bytes + to - 1) / to * to; }

int64_t TensorBytes(const Network& chain, int tensor) {
  return Up(chain.tensor_shape(tensor).elements(), 4);
}

class ChainGroups {
 public:
  ChainGroups(const Network& chain, const PlanOptions& options)
      : chain_(chain), options_(options) {}

  std::vector<BruteGroup> All() {
    const int count = static_cast<int>(chain_.operators.size());
    for (int first = 0; first < count; ++first)
      for (int last = first + 1; last <= count; ++last) AddGroupsOf(first, last);
    return std::move(groups_);
  }

 private:
  const Operator& Op(int i) const { return chain_.op(i); }
  bool NeedsAll(int i) const { return RowWindow(Op(i), 0).whole; }
  static bool Pools(const Operator& op) { return op.kind == OpKind::kGlobalAveragePool; }

  void AddGroupsOf(int first, int last) {
    if (last - first == 1) Add({first, last, GroupMode::kLayerwise});
    AddChannelTiles(first, last);
    for (int i = first; i < last; ++i)
      if (NeedsAll(i) || (Pools(Op(i)) && i < last - 1)) return;
    const int width = Pools(Op(last - 1)) ? Op(last - 1).in.width : Op(last - 1).out.width;
    if (options_.modes.row_stream) {
      Add({first, last, GroupMode::kRowStream});
      for (int segment : std::set<int>{(width + 1) / 2, (width + 3) / 4, 32, 16, 8, 4, 2, 1})
        if (segment >= options_.modes.smallest_segment)
          Add({first, last, GroupMode::kRowStream, 1, 1, segment});
    }
    if (Pools(Op(last - 1)) || options_.max_macs_factor == 1.0) return;
    for (int strips = 2; options_.modes.strips && strips <= std::min(8, width); ++strips)
      for (int segment : {0, 2, 4, 8}) Add({first, last, GroupMode::kStrips, strips, 1, segment});
  }

  void AddChannelTiles(int first, int last) {
    if (!options_.modes.channel_tiles || last - first != 3) return;
    if (Op(first).kind != OpKind::kPointwise || Op(first + 1).kind != OpKind::kDepthwise ||
        Op(first + 2).kind != OpKind::kPointwise)
      return;
    for (int tile : {64, 32, 16, 8})
      if (tile < Op(first).out.channels)
        Add({first, last, GroupMode::kChannelTiles, 1, 1, 0, tile});
  }

  void Add(const PlanGroup& group) {
    const bool tiled = group.strips > 1 || group.bands > 1;
    const bool channels = group.mode == GroupMode::kChannelTiles;
    const bool streamed = group.first == 0 && options_.input_mode != InputMode::kResident &&
                          !channels && !NeedsAll(0) &&
                          !(tiled && options_.input_mode == InputMode::kStreamed);
    const MeasuredGroup measured = MeasureGroup(chain_, group, streamed);
    if (group.segment >= measured.widest) return;  // whole rows
    BruteGroup found{group, 0, measured.counted_macs};
    const int last = group.last - 1;
    for (int i = group.first; i < last; ++i) {
      const int64_t pixel = channels ? group.channel_tile : Op(i).out.channels;
      const size_t index = static_cast<size_t>(i - group.first);
      found.ring_bytes += Up(measured.ring_pixels[index] * pixel, 4);
      found.exact_ring_bytes += Up(measured.exact_pixels[index] * pixel, 4);
    }
    found.bytes = found.ring_bytes;
    const int64_t in = TensorBytes(chain_, group.first - 1);
    const int64_t out = TensorBytes(chain_, last);
    if (channels) {
      found.bytes += in + 4 * Op(last).out.elements();
    } else {
      const int64_t input_ring =
          streamed ? Up(measured.input_ring_pixels * chain_.input.channels, 4) : 0;
      int64_t boundary = in + out;
      if (streamed) boundary = std::min(boundary, input_ring + out);
      if (!tiled && !NeedsAll(last) && !Pools(Op(last))) {
        boundary = std::min({boundary, std::max(Up(measured.down, 4) + in, out),
                             in + out - TailSaved(group, measured, 0)});
        if (streamed)
          boundary = std::min(boundary, input_ring + out - TailSaved(group, measured, input_ring));
      }
      found.bytes += boundary;
    }
    if (Pools(Op(last))) found.bytes += 4 * int64_t{Op(last).out.channels};
    groups_.push_back(found);
  }

  // Rings that are free before the output's last rows are begun, laid over these rows.
  int64_t TailSaved(const PlanGroup& group, const MeasuredGroup& measured,
                    int64_t input_ring) const {
    const Operator& last = Op(group.last - 1);
    int64_t end = 0, rings = 0;
    for (int row = 1; row < last.out.height; ++row) {
      for (size_t k = 0; k < measured.freed_before.size(); ++k) {
        if (measured.freed_before[k] != row) continue;
        const int tensor = group.first + static_cast<int>(k) - 1;
        const int64_t size =
            k == 0 ? input_ring : Up(measured.ring_pixels[k - 1] * Op(tensor).out.channels, 4);
        if (size == 0) continue;
        end = std::max(end, Up(row * last.out.row_elements(), 4)) + size;
        rings += size;
      }
    }
    const int64_t out = TensorBytes(chain_, group.last - 1);
    return rings + out - std::max(end, out);
  }

  const Network& chain_;
  const PlanOptions& options_;
  std::vector<BruteGroup> groups_;
};

// Groups by first operator, without those that another one of the same operators beats twice.
std::vector<std::vector<BruteGroup>> UsefulGroups(const Network& chain,
                                                  const PlanOptions& options) {
  std::vector<BruteGroup> all = AllGroups(chain, options);
  std::sort(all.begin(), all.end(), [](const BruteGroup& a, const BruteGroup& b) {
    return std::tie(a.group.first, a.group.last, a.bytes, a.macs) <
           std::tie(b.group.first, b.group.last, b.bytes, b.macs);
  });
  std::vector<std::vector<BruteGroup>> useful(chain.operators.size());
  const BruteGroup* previous = nullptr;
  for (const BruteGroup& g : all) {
    const bool same = previous != nullptr && previous->group.first == g.group.first &&
                      previous->group.last == g.group.last;
    if (same && g.macs >= previous->macs) continue;
    useful[static_cast<size_t>(g.group.first)].push_back(g);
    previous = &g;
  }
  return useful;
}

// Walks through every sequence of useful groups.
class Walk {
 public:
  Walk(const Network& chain, const PlanOptions& options) : groups_(UsefulGroups(chain, options)) {}

  template <typename Found>
  void From(size_t op, int64_t bytes, int64_t macs, const Found& found) {
    if (op == groups_.size()) return found(bytes, macs);
    for (const BruteGroup& g : groups_[op])
      From(static_cast<size_t>(g.group.last), std::max(bytes, g.bytes), macs + g.macs, found);
  }

 private:
  std::vector<std::vector<BruteGroup>> groups_;
};

int64_t MostMacs(const Network& chain, double factor) {
  const int64_t macs = NetworkMacs(chain).value;
  if (factor <= 0) return kNever;
  return std::max(macs, static_cast<int64_t>(std::floor(static_cast<double>(macs) * factor)));
}

}  // namespace

std::vector<BruteGroup> AllGroups(const Network& chain, const PlanOptions& options) {
  return ChainGroups(chain, options).All();
}

Bytes BruteSmallestArena(const Network& chain, const PlanOptions& options) {
  const int64_t most = MostMacs(chain, options.max_macs_factor);
  int64_t least = kNever;
  Walk(chain, options).From(0, 0, 0, [&](int64_t bytes, int64_t macs) {
    if (macs <= most) least = std::min(least, bytes);
  });
  return Bytes(Up(least, 8));
}

std::vector<ParetoPoint> BrutePareto(const Network& chain, const PlanOptions& options) {
  const int64_t most = MostMacs(chain, options.max_macs_factor);
  std::set<std::pair<int64_t, int64_t>> found;  // macs, bytes
  Walk(chain, options).From(0, 0, 0, [&](int64_t bytes, int64_t macs) {
    if (macs <= most) found.emplace(macs, bytes);
  });
  std::vector<ParetoPoint> front;
  const int64_t layerwise = NetworkMacs(chain).value;
  int64_t least = kNever;
  for (const auto& [macs, bytes] : found) {
    const int64_t arena = Up(bytes, 8);
    if (arena >= least) continue;
    least = arena;
    const double factor =
        layerwise > 0 ? static_cast<double>(macs) / static_cast<double>(layerwise) : 1.0;
    front.push_back({Bytes(arena), factor});
  }
  return front;
}

}  // namespace mcunas
