// CIFAR-10, binary version (Krizhevsky 2009): records of one label byte and 3 x 32 x 32 plane
// bytes.
#include "supernet/data/cifar10.h"

#include <array>
#include <string>
#include <vector>

#include "supernet/data/compressed_file.h"

namespace mcunas {
namespace {

constexpr size_t kSide = 32, kPlane = kSide * kSide, kRecord = 1 + 3 * kPlane;
constexpr size_t kRecordsPerFile = 10000;
constexpr int kClasses = 10;

constexpr std::array kTrain = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                               "data_batch_4.bin", "data_batch_5.bin"};
constexpr const char* kTest = "test_batch.bin";

Expected<void> CheckSize(const std::filesystem::path& path, uint64_t bytes) {
  if (bytes > 0 && bytes % kRecord == 0) return {};
  return Error{ErrorCode::kCorrupt, path.string() + ": " + std::to_string(bytes) +
                                        " bytes are no whole number of " + std::to_string(kRecord) +
                                        "-byte records"};
}

Expected<void> AppendBatch(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kRecord * kRecordsPerFile);
  if (!bytes) return bytes.error();
  if (auto whole = CheckSize(path, bytes->size()); !whole) return whole;
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
  data.train.pixels.reserve(kTrain.size() * kRecordsPerFile * 3 * kPlane);
  for (const char* name : kTrain) {
    if (auto read = AppendBatch(root / name, &data.train); !read) return read.error();
  }
  if (auto read = AppendBatch(root / kTest, &data.test); !read) return read.error();
  return data;
}

Expected<void> CheckCifar10(const std::filesystem::path& root) {
  std::vector<const char*> names(kTrain.begin(), kTrain.end());
  names.push_back(kTest);
  for (const char* name : names) {
    const auto size = UnpackedSize(root / name);
    if (!size) return size.error();
    if (auto whole = CheckSize(root / name, *size); !whole) return whole;
  }
  return {};
}

}  // namespace mcunas
