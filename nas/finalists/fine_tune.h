// FineTuneConfig: training of the networks of the final ranking, the keys `evaluate.fine_tune_*`.
#pragma once

#include <cstdint>

#include "common/named.h"

namespace mcunas {

// What `fine_tune_epochs` counts.
enum class FineTuneUnit {
  kEpochs,  // of the network itself
  kWork,    // of the space's largest network: smaller ones train longer, at equal MACs x images
};
inline constexpr Named<FineTuneUnit> kFineTuneUnits[] = {{FineTuneUnit::kEpochs, "epochs"},
                                                         {FineTuneUnit::kWork, "work"}};

// Training of the networks of the final ranking.
struct FineTuneConfig {
  int64_t epochs = 0;
  FineTuneUnit unit = FineTuneUnit::kEpochs;
  double rate = 0.25;       // of the supernet's learning rate
  double weight_decay = 1;  // of the supernet's; of baselines too
  // All train for a part of the epochs, the better anew for longer, the best for all (race.h).
  bool race = false;
};

}  // namespace mcunas
