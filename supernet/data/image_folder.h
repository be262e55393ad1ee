// root/train/<class>/*.{png,jpg,jpeg} and root/test/<class>/..., classes in alphabetical order.
// Every image becomes side x side x 3 (area resize when shrinking, bilinear when enlarging). Errors
// as of LoadCifar10.
#pragma once

#include <filesystem>

#include "common/expected.h"
#include "supernet/data/image_set.h"

namespace mcunas {

Expected<RawDataset> LoadImageFolder(const std::filesystem::path& root, int side);

}  // namespace mcunas
