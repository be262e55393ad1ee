// What works without LibTorch: config sections, event files, and the message when it is missing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "common/config_dump.h"
#include "common/config_read.h"
#include "common/file.h"
#include "supernet/data/data_files.h"
#include "supernet/data/event_file.h"
#include "supernet/load_supernet.h"

namespace mcunas {
namespace {

TEST(LoadSupernet, SaysHowToInstallWhatIsMissing) {
  setenv("MCUNAS_SUPERNET_LIBRARY", "nowhere/libmcunas_supernet.so", 1);
  const auto loaded = LoadSupernet({});
  unsetenv("MCUNAS_SUPERNET_LIBRARY");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(loaded.error().message.find("nowhere/libmcunas_supernet.so"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("LibTorch"), std::string::npos);
}

TEST(LoadSupernet, RefusesAFileThatIsNoLibrary) {
  const auto path =
      std::filesystem::temp_directory_path() / ("not-a-library" + std::to_string(getpid()));
  ASSERT_TRUE(WriteFileAtomically(path, "text"));
  setenv("MCUNAS_SUPERNET_LIBRARY", path.c_str(), 1);
  const auto loaded = LoadSupernet({});
  unsetenv("MCUNAS_SUPERNET_LIBRARY");
  std::filesystem::remove(path);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
}

std::vector<ConfigDiagnostic> ReadSections(const std::string& text) {
  DataConfig data;
  SupernetConfig supernet;
  return ReadConfig({"test.yaml", text, {}}, [&](ConfigVisitor& v) {
    v.Section("data", {}, [&](ConfigVisitor& inner) { Describe(inner, data); });
    v.Section("supernet", {}, [&](ConfigVisitor& inner) { Describe(inner, supernet); });
  });
}

TEST(SupernetConfig, DefaultsAreValid) {
  EXPECT_TRUE(ReadSections("supernet: {epochs: 3}\n").empty());
}

TEST(SupernetConfig, RulesAcrossFieldsAreChecked) {
  EXPECT_EQ(ReadSections("supernet: {epochs: 3, warmup_epochs: 4}\n").size(), 1u);
  EXPECT_EQ(ReadSections("supernet: {sort_channels: true}\n").size(), 1u);
  EXPECT_EQ(ReadSections("data: {kind: cifar10}\n").size(), 1u);  // root is missing
  EXPECT_EQ(ReadSections("data: {synthetic_train: 10, holdout: 10}\n").size(), 1u);
  EXPECT_EQ(ReadSections("data: {kind: cifar}\n").size(), 1u);
}

std::string Dump(SupernetConfig config) {
  return DumpConfig([&](ConfigVisitor& v) { Describe(v, config); });
}

TEST(SupernetConfig, SpeedIsNoPartOfATraining) {
  SupernetConfig faster;
  faster.device = TrainDevice::kCuda;
  faster.threads = 7;
  faster.checkpoint_every = 5;
  EXPECT_NE(Dump(faster), Dump({}));
  EXPECT_EQ(Dump(WithoutSpeed(faster)), Dump({}));
  SupernetConfig longer = faster;
  longer.epochs += 1;
  EXPECT_NE(Dump(WithoutSpeed(longer)), Dump({}));
}

DataConfig DataOf(DataKind kind, const std::filesystem::path& root = "") {
  DataConfig data;
  data.kind = kind;
  data.root = root.string();
  return data;
}

TEST(DataFiles, ShapeOfATaskNeedsNoFiles) {
  EXPECT_TRUE(CheckDataFiles(DataOf(DataKind::kSynthetic)));
  EXPECT_EQ(TaskShapeOf(DataOf(DataKind::kCifar10, "/nowhere"))->image_channels, 3);
  EXPECT_EQ(TaskShapeOf(DataOf(DataKind::kFashionMnist, "/nowhere"))->image_channels, 1);
  EXPECT_FALSE(TaskShapeOf(DataOf(DataKind::kImageFolder, "/nowhere")));
}

TEST(DataFiles, MissingRootIsNamed) {
  for (const DataKind kind :
       {DataKind::kCifar10, DataKind::kFashionMnist, DataKind::kImageFolder}) {
    const auto checked = CheckDataFiles(DataOf(kind, "/nowhere/data"));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(checked.error().message, "/nowhere/data does not exist (data.root)");
  }
}

TEST(DataFiles, ClassesAreFoldersOfTheTrainingSplit) {
  const auto root = std::filesystem::temp_directory_path() / ("data" + std::to_string(getpid()));
  for (const char* folder : {"train/a", "train/b", "train/c", "test/a"})
    std::filesystem::create_directories(root / folder);
  ASSERT_TRUE(WriteFileAtomically(root / "train/readme.txt", "no class"));
  std::filesystem::create_symlink("circle", root / "train/circle");
  const auto task = TaskShapeOf(DataOf(DataKind::kImageFolder, root));
  const auto checked = CheckDataFiles(DataOf(DataKind::kImageFolder, root));
  std::filesystem::remove_all(root);
  ASSERT_TRUE(task);
  EXPECT_EQ(task->classes, 3);
  EXPECT_TRUE(checked);
}

TEST(EventFile, ChecksumIsCastagnoli) { EXPECT_EQ(Crc32c("123456789"), 0xe3069283u); }

// Walks the record framing: lengths, and the checksum of every length field.
TEST(EventFile, RecordsAreFramed) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("events" + std::to_string(getpid()));
  std::filesystem::remove_all(folder);
  {
    auto file = EventFile::Create(folder);
    ASSERT_TRUE(file);
    for (int i = 0; i < 3; ++i) file->Scalar("train/loss", 100 * i, 0.5 * i);
  }
  const auto path = std::filesystem::directory_iterator(folder)->path();
  const std::string bytes = *ReadFile(path);
  std::filesystem::remove_all(folder);
  size_t at = 0;
  int records = 0;
  for (; at < bytes.size(); ++records) {
    uint64_t length = 0;
    uint32_t masked = 0;
    std::memcpy(&length, bytes.data() + at, 8);
    std::memcpy(&masked, bytes.data() + at + 8, 4);
    const uint32_t rotated = masked - 0xa282ead8u;
    EXPECT_EQ(rotated << 15 | rotated >> 17, Crc32c(bytes.substr(at, 8)));
    at += 8 + 4 + length + 4;
  }
  EXPECT_EQ(at, bytes.size());
  EXPECT_EQ(records, 4);  // version record and three scalars
}

TEST(EventFile, RefusesAFolderThatCannotBe) {
  const auto file = EventFile::Create("/proc/no-such-folder");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mcunas
