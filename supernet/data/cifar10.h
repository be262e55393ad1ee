// CIFAR-10, binary version: data_batch_1..5.bin and test_batch.bin, each plain or .xz. Sizes and
// labels are checked; a missing file is kNotFound, a broken one kCorrupt, and the message names the
// file. Both splits have at least one image.
#pragma once

#include <filesystem>

#include "common/expected.h"
#include "supernet/data/image_set.h"

namespace mcunas {

Expected<RawDataset> LoadCifar10(const std::filesystem::path& root);

// Whether all files are there and as long as whole records are, without reading them. The same
// errors; wrong labels and damage inside of packed files show when they are loaded.
Expected<void> CheckCifar10(const std::filesystem::path& root);

}  // namespace mcunas
