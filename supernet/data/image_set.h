// ImageSet: labelled 8-bit images of one shape, all in memory. Plain value.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/expected.h"
#include "network/network.h"
#include "supernet/config.h"

namespace mcunas {

struct ImageSet {
  Shape shape;                  // of every image
  std::vector<uint8_t> pixels;  // [count,H,W,C] row-major
  std::vector<int> labels;      // one per image, in [0, classes)

  int count() const { return static_cast<int>(labels.size()); }
  const uint8_t* image(int index) const {
    return pixels.data() + static_cast<size_t>(index) * static_cast<size_t>(shape.elements());
  }
};

struct RawDataset {
  ImageSet train;
  ImageSet test;
  std::vector<std::string> class_names;
};

// Loaders. Every one checks sizes and labels; a missing file is kNotFound, a broken one kCorrupt,
// and the message names the file. Both splits have at least one image.

// CIFAR-10, binary version: data_batch_1..5.bin and test_batch.bin, each plain or .xz.
Expected<RawDataset> LoadCifar10(const std::filesystem::path& root);
// The four IDX files of Fashion-MNIST (or MNIST), each plain or .gz; one channel.
Expected<RawDataset> LoadFashionMnist(const std::filesystem::path& root);
// root/train/<class>/*.{png,jpg,jpeg} and root/test/<class>/..., classes in alphabetical order.
// Every image becomes side x side x 3 (area resize when shrinking, bilinear when enlarging).
Expected<RawDataset> LoadImageFolder(const std::filesystem::path& root, int side);
// Ten classes of shapes and textures in random colours, places, sizes and noise; the same seed
// gives the same images. The mean colour says nothing about the class.
RawDataset MakeSynthetic(const DataConfig& config, uint64_t seed);

// The one that config.kind names; `side` is for image_folder.
Expected<RawDataset> LoadDataset(const DataConfig& config, int side, uint64_t seed);

}  // namespace mcunas
