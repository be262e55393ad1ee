#include "supernet/data/dataset.h"

#include "common/check.h"
#include "supernet/data/cifar10.h"
#include "supernet/data/fashion_mnist.h"
#include "supernet/data/image_folder.h"
#include "supernet/data/synthetic.h"

namespace mcunas {

Expected<RawDataset> LoadDataset(const DataConfig& config, const Resolution& size, uint64_t seed) {
  switch (config.kind) {
    case DataKind::kSynthetic:
      return MakeSynthetic(config, seed);
    case DataKind::kCifar10:
      return LoadCifar10(config.root);
    case DataKind::kFashionMnist:
      return LoadFashionMnist(config.root);
    case DataKind::kImageFolder:
      return LoadImageFolder(config.root, size);
  }
  MCUNAS_CHECK(false, "a kind of data without a case");
}

}  // namespace mcunas
