// What training and evaluation cost, in MACs of a forward pass times images: the currency in which
// a search and its baselines are compared. Equal on every machine.
#pragma once

#include <cstdint>

namespace mcunas {

struct SearchWork {
  double training = 0;     // of the supernet
  double evaluation = 0;   // of inherited scores, recalibration of batch norm included
  double fine_tuning = 0;  // of the final networks

  double total() const { return training + evaluation + fine_tuning; }
};

// Of training one network of `macs` on that many images: forward, gradient by the inputs, gradient
// by the weights.
double TrainingWork(double macs, int64_t images);

// Epochs of `images` images that a network of `macs` > 0 can be trained for by that much work; at
// least 1.
int64_t EpochsWorth(double work, double macs, int64_t images);

}  // namespace mcunas
