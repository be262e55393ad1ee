// Ten classes of shapes and textures in random colours, places, sizes and noise; the same seed
// gives the same images. The mean colour says nothing about the class.
#pragma once

#include <cstdint>

#include "supernet/config.h"
#include "supernet/data/image_set.h"

namespace mcunas {

RawDataset MakeSynthetic(const DataConfig& config, uint64_t seed);

}  // namespace mcunas
