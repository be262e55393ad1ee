// What an experiment's data must have on disk, found out without reading an image.
#pragma once

#include "common/expected.h"
#include "nas/space/task_shape.h"
#include "supernet/config.h"

namespace mcunas {

// kNotFound names the first file or folder that the kind of data needs and that is not there,
// kCorrupt the first file of cifar10 or fashion_mnist with a length that it cannot have (cut off,
// of something else). What a picture holds shows when it is loaded. Cost: a few looks into folders
// and at the ends of files.
Expected<void> CheckDataFiles(const DataConfig& config);

// What the data add to the search space. Of image_folder the classes are the folders of
// root/train: kNotFound where there are fewer than two.
Expected<TaskShape> TaskShapeOf(const DataConfig& config);

}  // namespace mcunas
