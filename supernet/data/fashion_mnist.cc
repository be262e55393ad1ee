// IDX files (LeCun): big-endian magic, counts, then bytes. Fashion-MNIST (Xiao et al. 2017).
#include "supernet/data/fashion_mnist.h"

#include "supernet/data/compressed_file.h"

namespace mcunas {
namespace {

constexpr uint32_t kImageMagic = 2051, kLabelMagic = 2049;
constexpr size_t kMaxBytes = 60000 * 28 * 28 + 16;
constexpr size_t kImageHeader = 16, kLabelHeader = 8;
constexpr int kClasses = 10;
constexpr const char* kTrain = "train";
constexpr const char* kTest = "t10k";

uint32_t BigEndian(const std::vector<uint8_t>& bytes, size_t word) {
  const uint8_t* b = bytes.data() + 4 * word;
  return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
}

Error Corrupt(const std::filesystem::path& path, const std::string& what) {
  return {ErrorCode::kCorrupt, path.string() + ": " + what};
}

Error OtherSize(const std::filesystem::path& root) {
  return Corrupt(root, "training and test images differ in size");
}

Expected<void> ReadImages(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kMaxBytes);
  if (!bytes) return bytes.error();
  if (bytes->size() < kImageHeader || BigEndian(*bytes, 0) != kImageMagic) {
    return Corrupt(path, "not an IDX image file");
  }
  const uint64_t height = BigEndian(*bytes, 2), width = BigEndian(*bytes, 3);
  const bool sane = height > 0 && height <= 1024 && width > 0 && width <= 1024;
  if (!sane || bytes->size() != kImageHeader + BigEndian(*bytes, 1) * height * width) {
    return Corrupt(path, "its size does not match its header");
  }
  set->shape = {static_cast<int>(height), static_cast<int>(width), 1};
  set->pixels.assign(bytes->begin() + kImageHeader, bytes->end());
  return {};
}

Expected<void> ReadLabels(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kMaxBytes);
  if (!bytes) return bytes.error();
  if (bytes->size() < kLabelHeader || BigEndian(*bytes, 0) != kLabelMagic ||
      bytes->size() != kLabelHeader + size_t{BigEndian(*bytes, 1)}) {
    return Corrupt(path, "not an IDX label file, or its size does not match its header");
  }
  for (size_t i = kLabelHeader; i < bytes->size(); ++i) {
    if ((*bytes)[i] >= kClasses) {
      return Corrupt(path, "label " + std::to_string((*bytes)[i]) + " at " +
                               std::to_string(i - kLabelHeader) + ", labels end at 9");
    }
    set->labels.push_back((*bytes)[i]);
  }
  return {};
}

std::filesystem::path ImagesOf(const std::filesystem::path& root, const std::string& name) {
  return root / (name + "-images-idx3-ubyte");
}

std::filesystem::path LabelsOf(const std::filesystem::path& root, const std::string& name) {
  return root / (name + "-labels-idx1-ubyte");
}

// Bytes of one image, by the lengths of both files.
Expected<uint64_t> ImageBytes(const std::filesystem::path& root, const std::string& name) {
  const auto images = UnpackedSize(ImagesOf(root, name));
  if (!images) return images.error();
  const auto labels = UnpackedSize(LabelsOf(root, name));
  if (!labels) return labels.error();
  if (*images > kImageHeader && *labels > kLabelHeader &&
      (*images - kImageHeader) % (*labels - kLabelHeader) == 0)
    return (*images - kImageHeader) / (*labels - kLabelHeader);
  return Corrupt(ImagesOf(root, name), std::to_string(*images) + " bytes do not go with the " +
                                           std::to_string(*labels) + " of the labels");
}

Expected<ImageSet> ReadPair(const std::filesystem::path& root, const std::string& name) {
  ImageSet set;
  const std::filesystem::path images = ImagesOf(root, name);
  if (auto read = ReadImages(images, &set); !read) return read.error();
  if (auto read = ReadLabels(LabelsOf(root, name), &set); !read) return read.error();
  const size_t size = static_cast<size_t>(set.shape.elements());
  if (set.labels.empty() || set.pixels.size() != set.labels.size() * size) {
    return Corrupt(images, "number of images and number of labels differ");
  }
  return set;
}

}  // namespace

Expected<RawDataset> LoadFashionMnist(const std::filesystem::path& root) {
  auto train = ReadPair(root, kTrain);
  if (!train) return train.error();
  auto test = ReadPair(root, kTest);
  if (!test) return test.error();
  if (train->shape != test->shape) return OtherSize(root);
  return RawDataset{std::move(*train),
                    std::move(*test),
                    {"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt",
                     "sneaker", "bag", "ankle boot"}};
}

Expected<void> CheckFashionMnist(const std::filesystem::path& root) {
  const auto train = ImageBytes(root, kTrain);
  if (!train) return train.error();
  const auto test = ImageBytes(root, kTest);
  if (!test) return test.error();
  if (*train != *test) return OtherSize(root);
  return {};
}

}  // namespace mcunas
