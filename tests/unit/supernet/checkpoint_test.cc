// Checkpoints: what is saved comes back to the bit, and nothing damaged is ever taken for good.
#include "supernet/internal/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <limits>

#include "common/file.h"
#include "common/log.h"
#include "common/random.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;

Checkpoint Sample(int64_t step, size_t elements = 5) {
  Checkpoint checkpoint;
  checkpoint.fingerprint = HashBytes("one configuration");
  checkpoint.step = step;
  RandomStream random(1, "checkpoint", std::to_string(step));
  for (auto* values : {&checkpoint.weights, &checkpoint.momentum, &checkpoint.average})
    for (size_t i = 0; i < elements; ++i) values->push_back(static_cast<float>(random.Normal()));
  return checkpoint;
}

// Bit by bit, so that NaN and -0 count too.
bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void ExpectSame(const Checkpoint& a, const Checkpoint& b) {
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.step, b.step);
  EXPECT_TRUE(SameBits(a.weights, b.weights));
  EXPECT_TRUE(SameBits(a.momentum, b.momentum));
  EXPECT_TRUE(SameBits(a.average, b.average));
}

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() {
    SetLogLevel(LogLevel::kError);
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("mcunas-checkpoint-" + std::to_string(getpid()) + "-" + test->name());
    fs::remove_all(folder_);
  }
  ~Checkpoints() override {
    fs::remove_all(folder_);
    SetLogLevel(LogLevel::kInfo);
  }

  void Save(const Checkpoint& checkpoint) {
    const auto saved = SaveCheckpoint(folder_, checkpoint);
    ASSERT_TRUE(saved.ok()) << saved.error().message;
  }
  fs::path File(const std::string& step) const { return folder_ / ("step-" + step + ".ckpt"); }
  fs::path Only() const { return fs::directory_iterator(folder_)->path(); }
  Expected<std::optional<Checkpoint>> Newest() const {
    return NewestCheckpoint(folder_, HashBytes("one configuration"));
  }
  static void Write(const fs::path& file, const std::vector<uint8_t>& bytes) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  static void Damage(const fs::path& file) {
    auto bytes = *ReadBytes(file);
    bytes[bytes.size() / 2] ^= 1;
    Write(file, bytes);
  }

  fs::path folder_;
};

TEST_F(Checkpoints, ComeBackToTheBit) {
  Checkpoint checkpoint = Sample(12, 1000);
  checkpoint.weights[0] = std::numeric_limits<float>::quiet_NaN();
  checkpoint.weights[1] = -0.0f;
  checkpoint.momentum[2] = std::numeric_limits<float>::infinity();
  checkpoint.average[3] = std::numeric_limits<float>::denorm_min();
  Save(checkpoint);
  const auto read = ReadCheckpoint(File("0000000012"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  ExpectSame(*read, checkpoint);
}

TEST_F(Checkpoints, SavingTheSameGivesTheSameFile) {
  Save(Sample(3));
  const auto first = *ReadBytes(Only());
  Save(Sample(3));
  EXPECT_EQ(*ReadBytes(Only()), first);
}

TEST_F(Checkpoints, OnlyTheLastTwoStay) {
  for (int64_t step : {5, 10, 200, 1000}) Save(Sample(step));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) files += entry.is_regular_file();
  EXPECT_EQ(files, 2);
  EXPECT_TRUE(fs::exists(File("0000000200")));
  EXPECT_TRUE(fs::exists(File("0000001000")));
}

TEST_F(Checkpoints, TheNewestIsTheOneOfTheMostSteps) {
  Save(Sample(90));
  Save(Sample(100));  // "100" sorts before "90" where digits are not padded
  const auto newest = Newest();
  ASSERT_TRUE(newest.ok() && newest->has_value());
  ExpectSame(**newest, Sample(100));
}

TEST_F(Checkpoints, NoFolderAndAnEmptyOneHaveNone) {
  EXPECT_FALSE(Newest()->has_value());
  fs::create_directories(folder_);
  EXPECT_FALSE(Newest()->has_value());
}

TEST_F(Checkpoints, OtherFilesAreNotAsked) {
  Save(Sample(7));
  ASSERT_TRUE(WriteFileAtomically(folder_ / "step-0000000009.ckpt.tmp", "half").ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ / "notes.txt", "hello").ok());
  const auto newest = Newest();
  ASSERT_TRUE(newest.ok() && newest->has_value());
  EXPECT_EQ((*newest)->step, 7);
}

TEST_F(Checkpoints, EveryTruncationIsNoticed) {
  Save(Sample(1));
  const auto whole = *ReadBytes(Only());
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<int64_t>(length));
    Write(folder_ / "part.ckpt", part);
    const auto read = ReadCheckpoint(folder_ / "part.ckpt");
    ASSERT_FALSE(read.ok()) << length;
    ASSERT_EQ(read.error().code, ErrorCode::kCorrupt) << length;
    ASSERT_NE(read.error().message.find("part.ckpt"), std::string::npos);
  }
}

TEST_F(Checkpoints, EveryFlippedBitIsNoticed) {
  Save(Sample(1));
  const auto whole = *ReadBytes(Only());
  for (size_t bit = 0; bit < 8 * whole.size(); bit += 3) {
    auto damaged = whole;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    Write(folder_ / "flipped.ckpt", damaged);
    const auto read = ReadCheckpoint(folder_ / "flipped.ckpt");
    ASSERT_FALSE(read.ok()) << bit;
    ASSERT_EQ(read.error().code, ErrorCode::kCorrupt) << bit;
  }
}

TEST_F(Checkpoints, MoreBehindTheEndIsNoticed) {
  Save(Sample(1));
  auto longer = *ReadBytes(Only());
  longer.push_back(0);
  Write(Only(), longer);
  EXPECT_EQ(ReadCheckpoint(Only()).error().code, ErrorCode::kCorrupt);
}

// A size that would overflow when it is multiplied, or ask for more memory than there is.
TEST_F(Checkpoints, AbsurdSizesAreNoticedBeforeMemoryIsTaken) {
  Save(Sample(1));
  const auto whole = *ReadBytes(Only());
  for (const uint64_t elements : {uint64_t{0}, uint64_t{4}, uint64_t{6}, uint64_t{1} << 40,
                                  uint64_t{1} << 62, (uint64_t{1} << 63) / 3, ~uint64_t{0}}) {
    auto absurd = whole;
    std::memcpy(absurd.data() + 40, &elements, sizeof elements);
    Write(folder_ / "absurd.ckpt", absurd);
    const auto read = ReadCheckpoint(folder_ / "absurd.ckpt");
    ASSERT_FALSE(read.ok()) << elements;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(Checkpoints, ADamagedOneGivesWayToTheOneBefore) {
  Save(Sample(10));
  Save(Sample(20));
  Damage(File("0000000020"));
  const auto newest = Newest();
  ASSERT_TRUE(newest.ok() && newest->has_value());
  ExpectSame(**newest, Sample(10));
}

TEST_F(Checkpoints, AllDamagedIsAnErrorThatNamesOne) {
  Save(Sample(10));
  Save(Sample(20));
  Damage(File("0000000010"));
  Damage(File("0000000020"));
  const auto newest = Newest();
  ASSERT_FALSE(newest.ok());
  EXPECT_EQ(newest.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(newest.error().message.find("step-0000000010.ckpt"), std::string::npos);
}

TEST_F(Checkpoints, AnotherConfigurationIsRefusedByName) {
  Save(Sample(10));
  const auto newest = NewestCheckpoint(folder_, HashBytes("another configuration"));
  ASSERT_FALSE(newest.ok());
  EXPECT_EQ(newest.error().code, ErrorCode::kUsage);
  EXPECT_NE(newest.error().message.find("step-0000000010.ckpt"), std::string::npos);
  EXPECT_NE(newest.error().message.find("another run folder"), std::string::npos);
}

TEST_F(Checkpoints, AFolderThatCannotBeIsAnIoError) {
  ASSERT_TRUE(WriteFileAtomically(folder_, "a file where the folder should be").ok());
  const auto saved = SaveCheckpoint(folder_, Sample(1));
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code, ErrorCode::kIo);
}

TEST_F(Checkpoints, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadCheckpoint(folder_ / "step-1.ckpt").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mcunas
