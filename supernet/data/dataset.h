// The data set that a config names.
#pragma once

#include <cstdint>

#include "common/expected.h"
#include "common/resolution.h"
#include "supernet/config.h"
#include "supernet/data/image_set.h"

namespace mcunas {

// Errors of the loader of config.kind; `size` is for image_folder.
Expected<RawDataset> LoadDataset(const DataConfig& config, const Resolution& size, uint64_t seed);

}  // namespace mcunas
