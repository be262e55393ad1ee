// IDX files (LeCun): big-endian magic, counts, then bytes. Fashion-MNIST (Xiao et al. 2017).
#include "supernet/data/fashion_mnist.h"

#include "supernet/data/compressed_file.h"

namespace mcunas {
namespace {

constexpr uint32_t kImageMagic = 2051, kLabelMagic = 2049;
constexpr size_t kMaxBytes = 60000 * 28 * 28 + 16;
constexpr int kClasses = 10;

uint32_t BigEndian(const std::vector<uint8_t>& bytes, size_t word) {
  const uint8_t* b = bytes.data() + 4 * word;
  return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
}

Error Corrupt(const std::filesystem::path& path, const std::string& what) {
  return {ErrorCode::kCorrupt, path.string() + ": " + what};
}

Expected<void> ReadImages(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kMaxBytes);
  if (!bytes) return bytes.error();
  if (bytes->size() < 16 || BigEndian(*bytes, 0) != kImageMagic) {
    return Corrupt(path, "not an IDX image file");
  }
  const uint64_t height = BigEndian(*bytes, 2), width = BigEndian(*bytes, 3);
  const bool sane = height > 0 && height <= 1024 && width > 0 && width <= 1024;
  if (!sane || bytes->size() != 16 + BigEndian(*bytes, 1) * height * width) {
    return Corrupt(path, "its size does not match its header");
  }
  set->shape = {static_cast<int>(height), static_cast<int>(width), 1};
  set->pixels.assign(bytes->begin() + 16, bytes->end());
  return {};
}

Expected<void> ReadLabels(const std::filesystem::path& path, ImageSet* set) {
  const auto bytes = ReadMaybeCompressed(path, kMaxBytes);
  if (!bytes) return bytes.error();
  if (bytes->size() < 8 || BigEndian(*bytes, 0) != kLabelMagic ||
      bytes->size() != 8 + size_t{BigEndian(*bytes, 1)}) {
    return Corrupt(path, "not an IDX label file, or its size does not match its header");
  }
  for (size_t i = 8; i < bytes->size(); ++i) {
    if ((*bytes)[i] >= kClasses) {
      return Corrupt(path, "label " + std::to_string((*bytes)[i]) + " at " + std::to_string(i - 8) +
                               ", labels end at 9");
    }
    set->labels.push_back((*bytes)[i]);
  }
  return {};
}

Expected<ImageSet> ReadPair(const std::filesystem::path& root, const std::string& name) {
  ImageSet set;
  const std::filesystem::path images = root / (name + "-images-idx3-ubyte");
  if (auto read = ReadImages(images, &set); !read) return read.error();
  if (auto read = ReadLabels(root / (name + "-labels-idx1-ubyte"), &set); !read)
    return read.error();
  const size_t size = static_cast<size_t>(set.shape.elements());
  if (set.labels.empty() || set.pixels.size() != set.labels.size() * size) {
    return Corrupt(images, "number of images and number of labels differ");
  }
  return set;
}

}  // namespace

Expected<RawDataset> LoadFashionMnist(const std::filesystem::path& root) {
  auto train = ReadPair(root, "train");
  if (!train) return train.error();
  auto test = ReadPair(root, "t10k");
  if (!test) return test.error();
  if (train->shape != test->shape) {
    return Corrupt(root, "training and test images differ in size");
  }
  return RawDataset{std::move(*train),
                    std::move(*test),
                    {"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt",
                     "sneaker", "bag", "ankle boot"}};
}

}  // namespace mcunas
