// root/train/<class>/*.{png,jpg,jpeg} and root/test/<class>/..., classes in alphabetical order.
// Every image becomes height x width x 3 of `size` (area resize when shrinking, bilinear when
// enlarging). Errors as of LoadCifar10.
#pragma once

#include <filesystem>

#include "common/expected.h"
#include "common/resolution.h"
#include "supernet/data/image_set.h"

namespace mcunas {

Expected<RawDataset> LoadImageFolder(const std::filesystem::path& root, const Resolution& size);

}  // namespace mcunas
