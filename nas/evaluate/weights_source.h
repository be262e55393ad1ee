// WeightsSource: the port to trained weights and to the images that judge them.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include <cstdint>

#include "common/expected.h"
#include "network/float_network.h"
#include "network/image_batch.h"

namespace mcunas {

class StopToken;      // common/stop.h
struct Architecture;  // nas/space/architecture.h

enum class DataSplit { kHoldout, kTest };

// Where the way to the board begins: trained weights, and images to calibrate and judge them with.
class WeightsSource {
 public:
  virtual ~WeightsSource() = default;
  // Weights and recalibrated batch norm of one sub-network. With fine_tune_epochs > 0 a copy is
  // trained on alone for that long first (same data split, named random stream); what it was copied
  // from stays as it is. Deterministic. kInterrupted when `stop` strikes.
  virtual Expected<FloatNetwork> Extract(const Architecture& architecture, int64_t fine_tune_epochs,
                                         const StopToken& stop) = 0;
  // Normalised training images for int8 calibration, never augmented; fewer where there are fewer.
  // Deterministic.
  virtual Expected<ImageBatch> CalibrationImages(int resolution, int count) = 0;
  // A whole labelled split, resized and normalised like in training.
  virtual Expected<ImageBatch> Images(DataSplit split, int resolution) = 0;
};

}  // namespace mcunas
