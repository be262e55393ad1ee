// TaskData: the splits that training, search and the final test use, and their normalisation.
#pragma once

#include <vector>

#include "common/expected.h"
#include "common/resolution.h"
#include "nas/evaluate/task.h"
#include "supernet/config.h"
#include "supernet/data/image_set.h"

namespace mcunas {

// x = (pixel - mean[c]) * scale[c]; pixels in [0, 255].
struct Normalisation {
  std::vector<float> mean;
  std::vector<float> scale;  // 1 / standard deviation
};

struct TaskData {
  Task task;
  ImageSet train;
  ImageSet holdout;  // cut from the training images by a named random stream
  ImageSet test;
  Normalisation normalisation;  // of the training images that remain
  std::vector<std::string> class_names;
};

// Loads and splits. kUsage when the hold-out leaves no training image; loader errors otherwise.
Expected<TaskData> LoadTaskData(const DataConfig& config, const Resolution& size, uint64_t seed);

Normalisation MeasureNormalisation(const ImageSet& images);

}  // namespace mcunas
