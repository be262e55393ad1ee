// The door to the supernet: everything the rest of mcunas may ask of LibTorch.
//
// Implemented in a shared object that is loaded on first use, so that commands without training
// start without LibTorch. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/expected.h"
#include "common/stop.h"
#include "nas/evaluate/ports.h"
#include "nas/space/search_space.h"
#include "network/float_network.h"
#include "supernet/config.h"

namespace mcunas {

struct SupernetRequest {
  DataConfig data;
  SupernetConfig supernet;
  SpaceConfig space;
  uint64_t seed = 0;
  std::string run_folder;  // checkpoints/ and TensorBoard events go here
};

struct TrainSummary {
  int64_t epochs = 0;
  double seconds = 0;  // this process only
  double images_per_second = 0;
  double largest_accuracy = 0;  // held-out, ratio
  double smallest_accuracy = 0;
  bool resumed = false;
};

enum class DataSplit { kHoldout, kTest };

class SupernetService : public AccuracyEvaluator {
 public:
  // What the data say about the task; known after creation.
  virtual TaskShape task() const = 0;

  // Trains from scratch or from the newest checkpoint in run_folder, to the last epoch. A killed
  // and resumed training takes the same trajectory. A damaged checkpoint is reported and the one
  // before it used; without any good one: kCorrupt. kInterrupted when `stop` strikes, after saving.
  virtual Expected<TrainSummary> Train(const StopToken& stop) = 0;

  // Evaluate() from AccuracyEvaluator: held-out split, batch norm recalibrated for every candidate.

  // Weights and recalibrated batch norm of one sub-network. With fine_tune_epochs > 0 a copy is
  // trained on alone for that long first (same data split, named random stream); the supernet stays
  // as it is.
  virtual Expected<FloatNetwork> Extract(const Architecture& architecture, int64_t fine_tune_epochs,
                                         const StopToken& stop) = 0;

  // Normalised training images for int8 calibration, never augmented. Deterministic.
  virtual Expected<ImageBatch> CalibrationImages(int resolution, int count) = 0;
  // A whole labelled split, resized and normalised like in training.
  virtual Expected<ImageBatch> Images(DataSplit split, int resolution) = 0;
};

// Exported by the shared object; LoadSupernet (supernet/load_supernet.h) resolves it.
using CreateSupernetFn = Expected<std::unique_ptr<SupernetService>> (*)(const SupernetRequest&);
inline constexpr const char* kCreateSupernetSymbol = "mcunas_create_supernet";

}  // namespace mcunas
