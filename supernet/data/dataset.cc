#include "supernet/data/image_set.h"

namespace mcunas {

Expected<RawDataset> LoadDataset(const DataConfig& config, int side, uint64_t seed) {
  if (config.kind == "cifar10") return LoadCifar10(config.root);
  if (config.kind == "fashion_mnist") return LoadFashionMnist(config.root);
  if (config.kind == "image_folder") return LoadImageFolder(config.root, side);
  MCUNAS_CHECK(config.kind == "synthetic", "unknown data kind passed the config reader");
  return MakeSynthetic(config, seed);
}

}  // namespace mcunas
