#include "memory_model/row_memory.h"

#include <iterator>

namespace mcunas {

RowMemory::RowMemory(const std::vector<TensorPlacement>& placements,
                     const std::vector<int>& heights)
    : placements_(placements) {
  for (int height : heights) fates_.emplace_back(static_cast<size_t>(height));
}

int64_t RowMemory::address(int tensor, int row) const {
  const TensorPlacement& p = placements_[static_cast<size_t>(tensor + 1)];
  return p.offset + (row % p.ring_rows) * p.row_bytes;
}

const RowFate& RowMemory::fate(int tensor, int row) const {
  return fates_[static_cast<size_t>(tensor + 1)][static_cast<size_t>(row)];
}

void RowMemory::Write(int tensor, int row) {
  const int64_t begin = address(tensor, row);
  const int64_t end = begin + placements_[static_cast<size_t>(tensor + 1)].row_bytes;
  auto it = owners_.lower_bound(begin);
  if (it != owners_.begin() && std::prev(it)->second.end > begin) --it;
  while (it != owners_.end() && it->first < end) {
    const Owner& owner = it->second;
    fates_[static_cast<size_t>(owner.tensor + 1)][static_cast<size_t>(owner.row)] = {
        RowFate::kDestroyed, tensor, row};
    it = owners_.erase(it);
  }
  owners_[begin] = {end, tensor, row};
  fates_[static_cast<size_t>(tensor + 1)][static_cast<size_t>(row)] = {RowFate::kIntact, 0, 0};
}

}  // namespace mcunas
