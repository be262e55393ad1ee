// TrainAlone: training of one network with nobody beside it, from given weights.
#pragma once

#include <filesystem>
#include <string>

#include "common/hash.h"
#include "supernet/internal/trainer.h"

namespace mcunas {

struct AloneTraining {
  TrainTask task;                // `only` holds the network
  at::Tensor start;              // flat weights; left as they are
  std::filesystem::path folder;  // its state is kept here; empty: nowhere
  Hash128 fingerprint;           // of all that the trajectory depends on
  std::string label;             // of the progress line
};

// The moving average at the end. Goes on from the state in the folder, takes a finished one as it
// is, and reports and passes over what cannot be read: the weights are the same either way. Saves
// every config.checkpoint_every epochs, at the end, and before kInterrupted when `stop` strikes.
// Otherwise errors as Trainer::Run, and kIo where the disk refuses.
Expected<at::Tensor> TrainAlone(AloneTraining training, const StopToken& stop);

}  // namespace mcunas
