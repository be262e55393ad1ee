// Data files that are cut off, packed twice, too large or changed in one byte: an error that names
// the file, or the data; never a crash, never half a data set.
#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "common/file.h"
#include "common/random.h"
#include "supernet/config.h"
#include "supernet/data/cifar10.h"
#include "supernet/data/compressed_file.h"
#include "supernet/data/dataset.h"
#include "supernet/data/fashion_mnist.h"
#include "supernet/data/image_set.h"
#include "supernet/data/synthetic.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

class DamagedData : public testing::Test {
 protected:
  DamagedData() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() /
            ("mcunas-damaged-" + std::to_string(getpid()) + "-" + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~DamagedData() override { fs::remove_all(root_); }

  void Write(const std::string& name, const Bytes& bytes) {
    std::ofstream(root_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  // kCorrupt or kNotFound with a path of this folder, or success.
  template <typename T>
  bool ReadOrRefused(const Expected<T>& result) {
    if (result.ok()) return true;
    const ErrorCode code = result.error().code;
    EXPECT_TRUE(code == ErrorCode::kCorrupt || code == ErrorCode::kNotFound)
        << result.error().message;
    EXPECT_NE(result.error().message.find(root_.string()), std::string::npos)
        << result.error().message;
    return false;
  }

  fs::path root_;
};

Bytes SomeBytes(size_t count) {
  RandomStream random(1, "data");
  Bytes bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.Below(7));
  return bytes;
}

Bytes Xz(const Bytes& plain) {
  Bytes packed(lzma_stream_buffer_bound(plain.size()));
  size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, plain.data(), plain.size(),
                                    packed.data(), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

void WriteGzip(const fs::path& path, const Bytes& plain) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(file);
}

TEST_F(DamagedData, PlainXzAndGzipHoldTheSame) {
  const Bytes bytes = SomeBytes(5000);
  Write("plain", bytes);
  Write("xz.xz", Xz(bytes));
  WriteGzip(root_ / "gz.gz", bytes);
  for (const char* name : {"plain", "xz", "gz"}) {
    const auto read = ReadMaybeCompressed(root_ / name, 5000);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, bytes) << name;
  }
}

TEST_F(DamagedData, SizesAreKnownWithoutUnpacking) {
  for (const size_t size : {size_t{1}, size_t{5000}, size_t{70'000}}) {
    const Bytes bytes = SomeBytes(size);
    Write("plain", bytes);
    Write("xz.xz", Xz(bytes));
    WriteGzip(root_ / "gz.gz", bytes);
    for (const char* name : {"plain", "xz", "gz"}) {
      const auto told = UnpackedSize(root_ / name);
      ASSERT_TRUE(told.ok()) << told.error().message;
      EXPECT_EQ(*told, size) << name;
    }
  }
  EXPECT_EQ(UnpackedSize(root_ / "absent").error().code, ErrorCode::kNotFound);
}

TEST_F(DamagedData, SizesOfCutFilesAreRefusedOrOthers) {
  const Bytes bytes = SomeBytes(400), packed = Xz(bytes);
  for (size_t length = 0; length < packed.size(); ++length) {
    Write("cut.xz", Bytes(packed.begin(), packed.begin() + static_cast<int64_t>(length)));
    EXPECT_FALSE(ReadOrRefused(UnpackedSize(root_ / "cut"))) << length;
  }
  Write("short.gz", {0x1f, 0x8b, 8});
  EXPECT_FALSE(ReadOrRefused(UnpackedSize(root_ / "short")));
}

TEST_F(DamagedData, ThePlainFileComesFirst) {
  Write("file", {1, 2, 3});
  Write("file.xz", Xz({4, 5, 6}));
  EXPECT_EQ(*ReadMaybeCompressed(root_ / "file", 100), (Bytes{1, 2, 3}));
}

TEST_F(DamagedData, NothingUnpacksToMoreThanItsLimit) {
  const Bytes zeros(100'000, 0);  // a hundred bytes when packed
  Write("xz.xz", Xz(zeros));
  WriteGzip(root_ / "gz.gz", zeros);
  for (const char* name : {"xz", "gz"}) {
    const auto read = ReadMaybeCompressed(root_ / name, 99'999);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(read.error().message.find("99999"), std::string::npos) << read.error().message;
    EXPECT_TRUE(ReadMaybeCompressed(root_ / name, 100'000).ok()) << name;
  }
}

TEST_F(DamagedData, EveryTruncationOfXzIsNoticed) {
  const Bytes packed = Xz(SomeBytes(400));
  for (size_t length = 0; length < packed.size(); ++length) {
    Write("cut.xz", Bytes(packed.begin(), packed.begin() + static_cast<int64_t>(length)));
    EXPECT_FALSE(ReadOrRefused(ReadMaybeCompressed(root_ / "cut", 1000))) << length;
  }
}

TEST_F(DamagedData, EveryTruncationOfGzipIsNoticed) {
  WriteGzip(root_ / "whole.gz", SomeBytes(400));
  const Bytes packed = *ReadBytes(root_ / "whole.gz");
  for (size_t length = 11; length < packed.size(); ++length) {
    Write("cut.gz", Bytes(packed.begin(), packed.begin() + static_cast<int64_t>(length)));
    EXPECT_FALSE(ReadOrRefused(ReadMaybeCompressed(root_ / "cut", 1000))) << length;
  }
}

// A checksum stands at the end of both: a changed byte is an error, or one that means nothing.
TEST_F(DamagedData, AChangedByteOfXzNeverChangesTheData) {
  const Bytes bytes = SomeBytes(300), packed = Xz(bytes);
  for (size_t at = 0; at < packed.size(); ++at) {
    Bytes damaged = packed;
    damaged[at] ^= 0x10;
    Write("bad.xz", damaged);
    const auto read = ReadMaybeCompressed(root_ / "bad", 1000);
    if (ReadOrRefused(read)) {
      EXPECT_EQ(*read, bytes) << at;
    }
  }
}

TEST_F(DamagedData, AMissingFileNamesAllThreeOfItsNames) {
  const auto read = ReadMaybeCompressed(root_ / "absent", 10);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  for (const char* part : {"absent", ".xz", ".gz", "data.root"})
    EXPECT_NE(read.error().message.find(part), std::string::npos) << part;
}

Bytes Idx(uint32_t magic, const std::vector<uint32_t>& sizes, size_t body) {
  Bytes bytes;
  std::vector<uint32_t> words = {magic};
  words.insert(words.end(), sizes.begin(), sizes.end());
  for (const uint32_t word : words)
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes.push_back(static_cast<uint8_t>(word >> shift));
  for (size_t i = 0; i < body; ++i) bytes.push_back(static_cast<uint8_t>(i % 10));
  return bytes;
}

class DamagedIdx : public DamagedData {
 protected:
  const std::vector<std::pair<std::string, Bytes>> files_ = {
      {"train-images-idx3-ubyte", Idx(2051, {3, 4, 5}, 60)},
      {"train-labels-idx1-ubyte", Idx(2049, {3}, 3)},
      {"t10k-images-idx3-ubyte", Idx(2051, {2, 4, 5}, 40)},
      {"t10k-labels-idx1-ubyte", Idx(2049, {2}, 2)}};
  void WriteAll() {
    for (const auto& [name, bytes] : files_) Write(name, bytes);
  }
  // A data set that is read is whole.
  void ExpectWholeOrRefused(const std::string& what) {
    const auto data = LoadFashionMnist(root_);
    if (!ReadOrRefused(data)) return;
    for (const ImageSet* set : {&data->train, &data->test}) {
      EXPECT_GT(set->count(), 0) << what;
      EXPECT_EQ(set->pixels.size(),
                static_cast<size_t>(set->count()) * static_cast<size_t>(set->shape.elements()));
      for (const int label : set->labels) EXPECT_LT(label, 10) << what;
    }
    EXPECT_EQ(data->train.shape, data->test.shape) << what;
  }
};

TEST_F(DamagedIdx, EveryTruncationIsRefused) {
  for (const auto& [name, bytes] : files_) {
    WriteAll();
    for (size_t length = 0; length < bytes.size(); ++length) {
      Write(name, Bytes(bytes.begin(), bytes.begin() + static_cast<int64_t>(length)));
      EXPECT_FALSE(ReadOrRefused(LoadFashionMnist(root_))) << name << " of " << length;
    }
  }
}

TEST_F(DamagedIdx, CheckFindsLengthsThatDoNotFit) {
  WriteAll();
  EXPECT_TRUE(CheckFashionMnist(root_).ok());
  for (const auto& [name, bytes] : files_) {
    WriteAll();
    for (size_t length : {size_t{0}, size_t{7}, bytes.size() - 1}) {
      Write(name, Bytes(bytes.begin(), bytes.begin() + static_cast<int64_t>(length)));
      EXPECT_FALSE(ReadOrRefused(CheckFashionMnist(root_))) << name << " of " << length;
    }
    fs::remove(root_ / name);
    EXPECT_EQ(CheckFashionMnist(root_).error().code, ErrorCode::kNotFound);
  }
}

TEST_F(DamagedIdx, EveryChangedHeaderIsRefusedOrRead) {
  for (const auto& [name, bytes] : files_) {
    WriteAll();
    const size_t header = bytes[3] == 3 ? 16 : 8;
    for (size_t at = 0; at < header; ++at) {
      for (const uint8_t value : {0, 1, 2, 5, 127, 255}) {
        Bytes damaged = bytes;
        damaged[at] = value;
        Write(name, damaged);
        ExpectWholeOrRefused(name + " byte " + std::to_string(at));
      }
    }
  }
}

TEST_F(DamagedIdx, AbsurdCountsAreRefusedBeforeMemoryIsTaken) {
  WriteAll();
  for (const auto& sizes : {std::vector<uint32_t>{0xFFFFFFFF, 4, 5},
                            {3, 0xFFFFFFFF, 0xFFFFFFFF},
                            {0, 4, 5},
                            {3, 0, 5},
                            {60, 1, 1},
                            {1, 2048, 1}}) {
    Write("train-images-idx3-ubyte", Idx(2051, sizes, 60));
    EXPECT_FALSE(ReadOrRefused(LoadFashionMnist(root_))) << sizes[0] << " x " << sizes[1];
  }
}

TEST_F(DamagedIdx, TestImagesOfAnotherSizeAreRefused) {
  WriteAll();
  Write("t10k-images-idx3-ubyte", Idx(2051, {2, 5, 4}, 40));
  const auto data = LoadFashionMnist(root_);
  ASSERT_FALSE(data.ok());
  EXPECT_NE(data.error().message.find("differ in size"), std::string::npos);
}

// Five training files and one test file of one record each.
class DamagedCifar : public DamagedData {
 protected:
  static Bytes Record(int label) {
    Bytes bytes(1 + 3072, static_cast<uint8_t>(40 + label));
    bytes[0] = static_cast<uint8_t>(label);
    return bytes;
  }
  void WriteAll() {
    for (int i = 1; i <= 5; ++i) Write("data_batch_" + std::to_string(i) + ".bin", Record(i));
    Write("test_batch.bin", Record(0));
  }
};

TEST_F(DamagedCifar, OneRecordPerFileIsRead) {
  WriteAll();
  const auto data = LoadCifar10(root_);
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_TRUE(CheckCifar10(root_).ok());
  EXPECT_EQ(data->train.labels, (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(data->train.image(2)[17], 43);
}

TEST_F(DamagedCifar, EveryMissingFileIsNamed) {
  for (const char* name :
       {"data_batch_1.bin", "data_batch_3.bin", "data_batch_5.bin", "test_batch.bin"}) {
    WriteAll();
    fs::remove(root_ / name);
    const auto data = LoadCifar10(root_);
    ASSERT_FALSE(data.ok());
    EXPECT_EQ(data.error().code, ErrorCode::kNotFound);
    EXPECT_NE(data.error().message.find(name), std::string::npos) << data.error().message;
  }
}

TEST_F(DamagedCifar, PartsOfRecordsAreRefused) {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{3072}, size_t{3074}, size_t{6145}}) {
    WriteAll();
    Write("data_batch_2.bin", Bytes(length, 1));
    const auto data = LoadCifar10(root_);
    EXPECT_FALSE(ReadOrRefused(data)) << length;
    EXPECT_NE(data.error().message.find("data_batch_2.bin"), std::string::npos);
    EXPECT_EQ(CheckCifar10(root_).error().message, data.error().message) << "found without reading";
  }
}

TEST_F(DamagedCifar, EveryLabelBeyondNineIsRefused) {
  for (int label = 10; label < 256; label += 35) {
    WriteAll();
    Write("data_batch_4.bin", Record(label));
    EXPECT_FALSE(ReadOrRefused(LoadCifar10(root_))) << label;
  }
}

TEST(LoadDataset, KnowsWhatItsConfigurationNames) {
  DataConfig config;
  config.synthetic_train = 12;
  config.synthetic_test = 6;
  config.synthetic_size = 10;
  const auto data = LoadDataset(config, 10, 3);
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(data->train.count(), 12);
  EXPECT_EQ(data->test.count(), 6);
  EXPECT_EQ(data->class_names.size(), 10u);
  EXPECT_EQ(data->train.pixels, MakeSynthetic(config, 3).train.pixels);
}

}  // namespace
}  // namespace mcunas
