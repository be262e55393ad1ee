// Ranges of activations. Private to engine/quantize.
#pragma once

#include <vector>

#include "common/expected.h"
#include "network/float_network.h"
#include "network/image_batch.h"

namespace mcunas {

struct ValueRange {
  float min = 0;
  float max = 0;
};

// Ranges of the network's input ([0]) and of every operator's output ([i + 1]) over all images,
// each widened to contain 0. `tail` is the share of values cut off at each end, to 1/8192 of the
// full range; it costs a second pass. kCorrupt names the operator whose outputs are not finite.
Expected<std::vector<ValueRange>> CalibrateRanges(const FloatNetwork& network,
                                                  const ImageBatch& images, double tail);

}  // namespace mcunas
