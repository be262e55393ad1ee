// The data set that a config names.
#pragma once

#include <cstdint>

#include "common/expected.h"
#include "supernet/config.h"
#include "supernet/data/image_set.h"

namespace mcunas {

// Errors of the loader of config.kind; `side` is for image_folder.
Expected<RawDataset> LoadDataset(const DataConfig& config, int side, uint64_t seed);

}  // namespace mcunas
