// One region of memory while one group runs: what is taken, and where something else still fits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace mcunas {

// Taken blocks may overlap each other. All functions cost O(blocks), TakeHighest O(blocks^2).
class FreeSpace {
 public:
  explicit FreeSpace(int64_t arena) : arena_(arena) {}

  void Take(int64_t from, int64_t size) {
    const Block block{from, from + size};
    taken_.insert(std::upper_bound(taken_.begin(), taken_.end(), block,
                                   [](const Block& a, const Block& b) { return a.from < b.from; }),
                  block);
  }
  std::optional<int64_t> TakeLowest(int64_t size) {
    int64_t at = 0;
    for (const Block& block : taken_) {
      if (block.from - at >= size) break;
      at = std::max(at, block.to);
    }
    return TakeIfInside(at, size);
  }
  std::optional<int64_t> TakeHighest(int64_t size) {
    int64_t end = arena_;
    // Overlapping blocks: the highest end is not always the last one's.
    for (int64_t lowest; end >= size; end = lowest) {
      lowest = end;
      for (const Block& block : taken_)
        if (block.from < end && block.to > end - size) lowest = std::min(lowest, block.from);
      if (lowest == end) break;
    }
    return TakeIfInside(end - size, size);
  }
  bool IsFree(int64_t from, int64_t size) const {
    return from >= 0 && from + size <= arena_ &&
           std::none_of(taken_.begin(), taken_.end(), [&](const Block& block) {
             return block.from < from + size && block.to > from;
           });
  }

 private:
  std::optional<int64_t> TakeIfInside(int64_t from, int64_t size) {
    if (from < 0 || from + size > arena_) return std::nullopt;
    Take(from, size);
    return from;
  }

  struct Block {
    int64_t from = 0, to = 0;
  };

  int64_t arena_;
  std::vector<Block> taken_;  // sorted by `from`
};

}  // namespace mcunas
