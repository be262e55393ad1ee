// A set of channels for every tensor of a network.
#pragma once

#include <algorithm>
#include <vector>

#include "common/index.h"
#include "network/network.h"

namespace mcunas {

class ChannelSets {
 public:
  explicit ChannelSets(const Network& network) {
    for (int t = kNetworkInput; t < network.operator_count(); ++t)
      sets_.push_back(std::vector<bool>(Index(network.tensor_shape(t).channels), false));
  }

  bool operator==(const ChannelSets&) const = default;

  int size(int tensor) const { return static_cast<int>(set(tensor).size()); }
  int count(int tensor) const {
    return static_cast<int>(std::count(set(tensor).begin(), set(tensor).end(), true));
  }
  bool any(int tensor) const { return count(tensor) > 0; }
  bool all(int tensor) const { return count(tensor) == size(tensor); }
  bool has(int tensor, int channel) const { return set(tensor)[Index(channel)]; }
  void add(int tensor, int channel) { sets_[tensor][Index(channel)] = true; }
  void add_all(int tensor) {
    std::vector<bool>& whole = sets_[tensor];
    std::fill(whole.begin(), whole.end(), true);
  }

 private:
  const std::vector<bool>& set(int tensor) const { return sets_[tensor]; }

  PerTensor<std::vector<bool>> sets_;  // by channel
};

}  // namespace mcunas
