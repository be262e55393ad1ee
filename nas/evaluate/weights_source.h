// WeightsSource: the port to trained weights and to the images that judge them.
// Thread rule: called from the search thread only, unless an implementation says more.
#pragma once

#include "common/expected.h"
#include "common/resolution.h"
#include "nas/evaluate/score_result.h"
#include "nas/evaluate/weights_recipe.h"
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
  // Weights and recalibrated batch norm of one network of the space. Whatever trains is a copy
  // (same data split, named random stream); the supernet stays as it is. Deterministic.
  // kInterrupted when `stop` strikes.
  virtual Expected<FloatNetwork> Extract(const Architecture& architecture,
                                         const WeightsRecipe& recipe, const StopToken& stop) = 0;
  // The task's score of these weights in floating point on a whole split: what int8 is held
  // against.
  virtual Expected<ScoreResult> FloatScore(const FloatNetwork& network, DataSplit split) = 0;
  // Normalised training images for int8 calibration, never augmented; fewer where there are fewer.
  // Deterministic.
  virtual Expected<ImageBatch> CalibrationImages(const Resolution& resolution, int count) = 0;
  // A whole labelled split, resized and normalised like in training.
  virtual Expected<ImageBatch> Images(DataSplit split, const Resolution& resolution) = 0;
};

}  // namespace mcunas
