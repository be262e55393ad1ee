// Loaders against good, missing and damaged files.
#include <cstdio>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "common/file.h"
#include "supernet/data/cifar10.h"
#include "supernet/data/fashion_mnist.h"
#include "supernet/data/image_folder.h"
#include "supernet/data/image_set.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

class DatasetFiles : public testing::Test {
 protected:
  DatasetFiles() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() /
            ("mcunas-data-" + std::to_string(getpid()) + "-" + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~DatasetFiles() override { fs::remove_all(root_); }

  void Write(const fs::path& name, const std::vector<uint8_t>& bytes) {
    ASSERT_TRUE(WriteBytesAtomically(root_ / name, bytes));
  }
  // `records` CIFAR-10 records; record r has label r % 10 and pixels of value r in red, 2r in
  // green.
  static std::vector<uint8_t> CifarBatch(int records) {
    std::vector<uint8_t> bytes;
    for (int r = 0; r < records; ++r) {
      bytes.push_back(static_cast<uint8_t>(r % 10));
      for (int plane = 1; plane <= 3; ++plane) {
        bytes.insert(bytes.end(), 1024, static_cast<uint8_t>(plane * r));
      }
    }
    return bytes;
  }
  void WriteCifar() {
    for (int b = 1; b <= 5; ++b) Write("data_batch_" + std::to_string(b) + ".bin", CifarBatch(3));
    Write("test_batch.bin", CifarBatch(2));
  }
  // Whether the error has this code and names this file.
  template <typename T>
  static void ExpectError(const Expected<T>& result, ErrorCode code, const std::string& part) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
  }

  fs::path root_;
};

TEST_F(DatasetFiles, CifarIsReadIntoInterleavedPixels) {
  WriteCifar();
  const auto data = LoadCifar10(root_);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.count(), 15);
  EXPECT_EQ(data->test.count(), 2);
  EXPECT_EQ(data->train.labels[2], 2);
  const uint8_t* pixel = data->train.image(2);
  EXPECT_EQ(pixel[0], 2);
  EXPECT_EQ(pixel[1], 4);
  EXPECT_EQ(pixel[2], 6);
}

TEST_F(DatasetFiles, CifarNamesTheMissingFile) {
  WriteCifar();
  fs::remove(root_ / "data_batch_4.bin");
  ExpectError(LoadCifar10(root_), ErrorCode::kNotFound, "data_batch_4.bin");
}

TEST_F(DatasetFiles, CifarRefusesTruncatedFilesAndBadLabels) {
  WriteCifar();
  auto bytes = CifarBatch(3);
  bytes.pop_back();
  Write("data_batch_2.bin", bytes);
  ExpectError(LoadCifar10(root_), ErrorCode::kCorrupt, "data_batch_2.bin");
  bytes = CifarBatch(3);
  bytes[3073] = 10;
  Write("data_batch_2.bin", bytes);
  ExpectError(LoadCifar10(root_), ErrorCode::kCorrupt, "label 10");
  Write("data_batch_2.bin", {});
  ExpectError(LoadCifar10(root_), ErrorCode::kCorrupt, "data_batch_2.bin");
}

TEST_F(DatasetFiles, CifarRefusesADamagedXz) {
  WriteCifar();
  fs::remove(root_ / "data_batch_1.bin");
  Write("data_batch_1.bin.xz", {0xfd, '7', 'z', 'X', 'Z', 0, 0, 4});
  ExpectError(LoadCifar10(root_), ErrorCode::kCorrupt, "data_batch_1.bin.xz");
}

std::vector<uint8_t> Idx(uint32_t magic, std::vector<uint32_t> sizes, std::vector<uint8_t> body) {
  std::vector<uint8_t> bytes;
  sizes.insert(sizes.begin(), magic);
  for (const uint32_t word : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<uint8_t>(word >> shift));
  }
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

class IdxFiles : public DatasetFiles {
 protected:
  void SetUp() override {
    Write("train-images-idx3-ubyte", Idx(2051, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
    Write("train-labels-idx1-ubyte", Idx(2049, {2}, {3, 9}));
    Write("t10k-images-idx3-ubyte", Idx(2051, {1, 2, 2}, {9, 8, 7, 6}));
    Write("t10k-labels-idx1-ubyte", Idx(2049, {1}, {0}));
  }
};

TEST_F(IdxFiles, AreRead) {
  const auto data = LoadFashionMnist(root_);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.shape, (Shape{2, 2, 1}));
  EXPECT_EQ(data->train.labels, (std::vector<int>{3, 9}));
  EXPECT_EQ(data->train.image(1)[0], 5);
}

TEST_F(IdxFiles, WrongSizesMagicsAndLabelsAreNamed) {
  Write("train-images-idx3-ubyte", Idx(2051, {2, 2, 2}, {1, 2, 3}));
  ExpectError(LoadFashionMnist(root_), ErrorCode::kCorrupt, "train-images");
  Write("train-images-idx3-ubyte", Idx(2049, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  ExpectError(LoadFashionMnist(root_), ErrorCode::kCorrupt, "train-images");
  SetUp();
  Write("train-labels-idx1-ubyte", Idx(2049, {2}, {3, 10}));
  ExpectError(LoadFashionMnist(root_), ErrorCode::kCorrupt, "label 10");
  Write("train-labels-idx1-ubyte", Idx(2049, {1}, {3}));
  ExpectError(LoadFashionMnist(root_), ErrorCode::kCorrupt, "differ");
}

TEST_F(IdxFiles, GzipIsReadAndTruncationNoticed) {
  const auto plain = Idx(2051, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  fs::remove(root_ / "train-images-idx3-ubyte");
  const fs::path packed = root_ / "train-images-idx3-ubyte.gz";
  gzFile file = gzopen(packed.c_str(), "wb");
  gzwrite(file, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(file);
  const auto data = LoadFashionMnist(root_);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.image(1)[3], 8);
  fs::resize_file(packed, fs::file_size(packed) - 9);
  ExpectError(LoadFashionMnist(root_), ErrorCode::kCorrupt, "train-images-idx3-ubyte.gz");
}

class FolderFiles : public DatasetFiles {
 protected:
  void WritePng(const std::string& name, int side, uint8_t value) {
    fs::create_directories((root_ / name).parent_path());
    const std::vector<uint8_t> pixels(static_cast<size_t>(side) * size_t(side) * 3, value);
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = static_cast<png_uint_32>(side);
    image.format = PNG_FORMAT_RGB;
    ASSERT_TRUE(
        png_image_write_to_file(&image, (root_ / name).c_str(), 0, pixels.data(), 0, nullptr));
  }
  void WriteJpeg(const std::string& name, int side, uint8_t value) {
    fs::create_directories((root_ / name).parent_path());
    std::FILE* file = std::fopen((root_ / name).c_str(), "wb");
    jpeg_compress_struct info = {};
    jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = info.image_height = static_cast<JDIMENSION>(side);
    info.input_components = 1;
    info.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&info);
    jpeg_start_compress(&info, TRUE);
    std::vector<uint8_t> row(static_cast<size_t>(side), value);
    JSAMPROW rows[] = {row.data()};
    for (int y = 0; y < side; ++y) jpeg_write_scanlines(&info, rows, 1);
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    std::fclose(file);
  }
  void SetUp() override {
    WritePng("train/cat/a.png", 20, 10);
    WritePng("train/cat/b.PNG", 7, 20);
    WriteJpeg("train/dog/a.jpg", 40, 200);
    WritePng("test/cat/x.png", 9, 30);
    WriteJpeg("test/dog/y.jpeg", 16, 60);
  }
};

TEST_F(FolderFiles, AreDecodedAndResized) {
  const auto data = LoadImageFolder(root_, 12);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(data->train.labels, (std::vector<int>{0, 0, 1}));
  EXPECT_EQ(data->train.shape, (Shape{12, 12, 3}));
  EXPECT_EQ(data->train.image(0)[5], 10);
  EXPECT_EQ(data->train.image(1)[5], 20);
  EXPECT_NEAR(data->train.image(2)[5], 200, 2);
}

TEST_F(FolderFiles, DamagedPicturesAreNamed) {
  for (const char* name : {"train/cat/a.png", "train/dog/a.jpg"}) {
    SetUp();
    fs::resize_file(root_ / name, fs::file_size(root_ / name) / 2);
    ExpectError(LoadImageFolder(root_, 12), ErrorCode::kCorrupt, name);
  }
  SetUp();
  Write("train/cat/a.png", {'n', 'o', 't', ' ', 'p', 'n', 'g'});
  ExpectError(LoadImageFolder(root_, 12), ErrorCode::kCorrupt, "train/cat/a.png");
}

TEST_F(FolderFiles, MissingFoldersAreNamed) {
  fs::remove_all(root_ / "test");
  ExpectError(LoadImageFolder(root_, 12), ErrorCode::kNotFound, "test");
  fs::remove_all(root_ / "train");
  ExpectError(LoadImageFolder(root_, 12), ErrorCode::kNotFound, "train");
}

// Real data where the person has them.
fs::path DataFolder(const std::string& name) {
  const char* root = std::getenv("MCUNAS_DATA");
  return (root != nullptr ? fs::path(root) : fs::path(MCUNAS_SOURCE) / ".." / "shared" / "data") /
         name;
}

TEST(RealData, Cifar10) {
  const fs::path root = DataFolder("cifar10");
  if (!fs::exists(root)) GTEST_SKIP() << "no CIFAR-10 in MCUNAS_DATA";
  const auto data = LoadCifar10(root);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.count(), 50000);
  EXPECT_EQ(data->test.count(), 10000);
  // The first labels of the official files.
  EXPECT_EQ(std::vector<int>(data->train.labels.begin(), data->train.labels.begin() + 5),
            (std::vector<int>{6, 9, 9, 4, 1}));
  EXPECT_EQ(std::vector<int>(data->test.labels.begin(), data->test.labels.begin() + 5),
            (std::vector<int>{3, 8, 8, 0, 6}));
}

TEST(RealData, FashionMnist) {
  const fs::path root = DataFolder("fashion-mnist");
  if (!fs::exists(root)) GTEST_SKIP() << "no Fashion-MNIST in MCUNAS_DATA";
  const auto data = LoadFashionMnist(root);
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->train.count(), 60000);
  EXPECT_EQ(data->test.count(), 10000);
  EXPECT_EQ(data->train.shape, (Shape{28, 28, 1}));
  EXPECT_EQ(data->train.labels[0], 9);
}

}  // namespace
}  // namespace mcunas
