// WeightsRecipe: where the weights of one network begin, and how long it then trains alone.
#pragma once

#include <cstdint>

namespace mcunas {

struct WeightsRecipe {
  enum class Start {
    kInherited,  // the supernet's weights
    kRandom,     // as if there were no supernet
  };
  Start start = Start::kInherited;
  int64_t epochs = 0;  // 0: as they are; at least 1 from random weights
  double rate = 1;     // of the supernet's learning rate
  double decay = 1;    // of the supernet's weight decay

  bool operator==(const WeightsRecipe&) const = default;
};

}  // namespace mcunas
