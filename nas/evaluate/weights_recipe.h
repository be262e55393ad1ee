// WeightsRecipe: where the weights of one network begin, and how long it then trains alone.
#pragma once

#include <cstdint>
#include <string>

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

// "inherited/32/0.5/1": start, epochs, rate, decay. Part of the kind of results in a study that
// rest on such weights, so that those of another recipe are not taken for them.
std::string RecipeName(const WeightsRecipe& recipe);

}  // namespace mcunas
