// The four IDX files of Fashion-MNIST (or MNIST), each plain or .gz; one channel. Errors as of
// LoadCifar10.
#pragma once

#include <filesystem>

#include "common/expected.h"
#include "supernet/data/image_set.h"

namespace mcunas {

Expected<RawDataset> LoadFashionMnist(const std::filesystem::path& root);

// Whether all files are there and the lengths of images and labels fit each other. Errors as of
// CheckCifar10.
Expected<void> CheckFashionMnist(const std::filesystem::path& root);

}  // namespace mcunas
