// A set of channels for every tensor of a network.
#pragma once

#include <algorithm>
#include <vector>

#include "network/network.h"

namespace mcunas {

class ChannelSets {
 public:
  explicit ChannelSets(const Network& network) {
    sets_.emplace_back(static_cast<size_t>(network.input.channels), false);
    for (const Operator& op : network.operators)
      sets_.emplace_back(static_cast<size_t>(op.out.channels), false);
  }

  bool operator==(const ChannelSets&) const = default;

  int size(int tensor) const { return static_cast<int>(set(tensor).size()); }
  int count(int tensor) const {
    return static_cast<int>(std::count(set(tensor).begin(), set(tensor).end(), true));
  }
  bool any(int tensor) const { return count(tensor) > 0; }
  bool all(int tensor) const { return count(tensor) == size(tensor); }
  bool has(int tensor, int channel) const { return set(tensor)[static_cast<size_t>(channel)]; }
  void add(int tensor, int channel) {
    sets_[static_cast<size_t>(tensor + 1)][static_cast<size_t>(channel)] = true;
  }
  void add_all(int tensor) {
    auto& whole = sets_[static_cast<size_t>(tensor + 1)];
    std::fill(whole.begin(), whole.end(), true);
  }

 private:
  const std::vector<bool>& set(int tensor) const { return sets_[static_cast<size_t>(tensor + 1)]; }

  std::vector<std::vector<bool>> sets_;  // [tensor + 1][channel]
};

}  // namespace mcunas
