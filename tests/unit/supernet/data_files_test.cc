// What is found out about data without reading them, against what the loaders say who do read them.
#include "supernet/data/data_files.h"

#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "common/file.h"
#include "common/random.h"
#include "supernet/data/dataset.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

std::string BigEndian(uint32_t word) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift);
  return bytes;
}

std::string Xz(const std::string& plain) {
  std::string packed(lzma_stream_buffer_bound(plain.size()), '\0');
  size_t size = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(plain.data());
  EXPECT_EQ(
      lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr, bytes, plain.size(),
                              reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size()),
      LZMA_OK);
  return packed.substr(0, size);
}

// A small data set of each kind of files, by name; labels and sizes are right.
std::map<std::string, std::string> Cifar10() {
  std::map<std::string, std::string> files = {{"test_batch.bin", std::string(2 * 3073, '\3')}};
  for (int batch = 1; batch <= 5; ++batch)
    files["data_batch_" + std::to_string(batch) + ".bin"] = std::string(3073, '\1');
  return files;
}

std::map<std::string, std::string> FashionMnist() {
  std::map<std::string, std::string> files;
  for (const auto& [name, count] : {std::pair<std::string, uint32_t>{"train", 7}, {"t10k", 4}}) {
    files[name + "-images-idx3-ubyte"] = BigEndian(2051) + BigEndian(count) + BigEndian(3) +
                                         BigEndian(5) + std::string(15 * count, '\x50');
    files[name + "-labels-idx1-ubyte"] =
        BigEndian(2049) + BigEndian(count) + std::string(count, '\2');
  }
  return files;
}

class DataFilesOnDisk : public testing::TestWithParam<DataKind> {
 protected:
  DataFilesOnDisk() {
    root_ = fs::temp_directory_path() / ("mcunas-data-files-" + std::to_string(getpid()) + "-" +
                                         std::to_string(static_cast<int>(GetParam())));
    config_.kind = GetParam();
    config_.root = root_.string();
    files_ = GetParam() == DataKind::kCifar10 ? Cifar10() : FashionMnist();
  }
  ~DataFilesOnDisk() override { fs::remove_all(root_); }

  void WriteAll(bool packed) {
    fs::remove_all(root_);
    for (const auto& [name, bytes] : files_)
      ASSERT_TRUE(
          WriteFileAtomically(root_ / (packed ? name + ".xz" : name), packed ? Xz(bytes) : bytes));
  }

  fs::path root_;
  DataConfig config_;
  std::map<std::string, std::string> files_;
};

TEST_P(DataFilesOnDisk, WholeOnesAreAccepted) {
  for (const bool packed : {false, true}) {
    WriteAll(packed);
    const auto checked = CheckDataFiles(config_);
    EXPECT_TRUE(checked) << checked.error().message;
    EXPECT_TRUE(LoadDataset(config_, 8, 1));
  }
}

// Of other lengths, the check says what the loader says; where it refuses, it names the folder.
TEST_P(DataFilesOnDisk, OtherLengthsAreJudgedAsByTheLoader) {
  RandomStream random(1, "lengths");
  int refused = 0;
  for (int trial = 0; trial < 30; ++trial) {
    const bool packed = trial % 3 == 0;
    WriteAll(packed);
    auto victim = files_.begin();
    std::advance(victim, static_cast<int64_t>(random.Below(files_.size())));
    const fs::path path = root_ / (packed ? victim->first + ".xz" : victim->first);
    const uint64_t size = fs::file_size(path);
    fs::resize_file(path, random.Below(2) ? random.Below(size) : size - 1 - random.Below(8));
    const auto checked = CheckDataFiles(config_);
    const auto loaded = LoadDataset(config_, 8, 1);
    EXPECT_EQ(checked.ok(), loaded.ok()) << path << " cut to " << fs::file_size(path);
    if (checked) continue;
    ++refused;
    EXPECT_EQ(checked.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(checked.error().message.find(root_.string()), std::string::npos);
  }
  EXPECT_GE(refused, 25);
}

TEST_P(DataFilesOnDisk, MissingOnesAreNamed) {
  for (const auto& [name, bytes] : files_) {
    WriteAll(false);
    fs::remove(root_ / name);
    const auto checked = CheckDataFiles(config_);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kNotFound);
    EXPECT_NE(checked.error().message.find(name + " does not exist"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DataFilesOnDisk,
                         testing::Values(DataKind::kCifar10, DataKind::kFashionMnist));

}  // namespace
}  // namespace mcunas
