// CIFAR-10, binary version (Krizhevsky 2009): records of one label byte and 3 x 32 x 32 plane
// bytes.
#include "supernet/data/cifar10.h"

#include "supernet/data/compressed_file.h"

namespace mcunas {
namespace {

constexpr size_t kSide = 32, kPlane = kSide * kSide, kRecord = 1 + 3 * kPlane;
constexpr size_t kRecordsPerFile = 10000;
constexpr int kClasses = 10;

Expected<void> AppendBatch(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kRecord * kRecordsPerFile);
  if (!bytes) return bytes.error();
  if (bytes->empty() || bytes->size() % kRecord != 0) {
    return Error{ErrorCode::kCorrupt, path.string() + ": " + std::to_string(bytes->size()) +
                                          " bytes are no whole number of " +
                                          std::to_string(kRecord) + "-byte records"};
  }
  set->shape = {static_cast<int>(kSide), static_cast<int>(kSide), 3};
  for (size_t record = 0; record < bytes->size() / kRecord; ++record) {
    const uint8_t* source = bytes->data() + record * kRecord;
    if (source[0] >= kClasses) {
      return Error{ErrorCode::kCorrupt, path.string() + ": record " + std::to_string(record) +
                                            " has label " + std::to_string(source[0]) +
                                            ", labels end at 9"};
    }
    set->labels.push_back(source[0]);
    for (size_t pixel = 0; pixel < kPlane; ++pixel) {
      for (size_t c = 0; c < 3; ++c) set->pixels.push_back(source[1 + c * kPlane + pixel]);
    }
  }
  return {};
}

}  // namespace

Expected<RawDataset> LoadCifar10(const std::filesystem::path& root) {
  RawDataset data;
  data.class_names = {"airplane", "automobile", "bird",  "cat",  "deer",
                      "dog",      "frog",       "horse", "ship", "truck"};
  data.train.pixels.reserve(5 * kRecordsPerFile * 3 * kPlane);
  for (int batch = 1; batch <= 5; ++batch) {
    auto read = AppendBatch(root / ("data_batch_" + std::to_string(batch) + ".bin"), &data.train);
    if (!read) return read.error();
  }
  if (auto read = AppendBatch(root / "test_batch.bin", &data.test); !read) return read.error();
  return data;
}

}  // namespace mcunas
