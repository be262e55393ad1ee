// BaselineNetwork: a baseline with all that a report says about it.
#pragma once

#include "nas/evaluate/baseline.h"
#include "nas/evaluate/final_network.h"

namespace mcunas {

// One that has been trained, quantised, judged and tested like the networks of the final ranking.
struct BaselineNetwork {
  BaselineKind kind = BaselineKind::kLargest;
  FinalNetwork network;
};

}  // namespace mcunas
