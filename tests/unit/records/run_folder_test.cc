#include "nas/records/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace mcunas {
namespace {

// 2026-08-23 14:15:30 UTC
const auto kNow = std::chrono::system_clock::from_time_t(1787494530);

TEST(RunFolder, IsNamedAfterTheUtcTimeAndNeverShared) {
  const auto runs =
      std::filesystem::path(::testing::TempDir()) / ("runs_" + std::to_string(getpid())) / "deeper";
  const auto first = CreateRunFolder(runs, "demo", kNow);
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->filename(), "demo-20260823T141530Z");
  EXPECT_TRUE(std::filesystem::is_directory(*first));
  EXPECT_EQ(CreateRunFolder(runs, "demo", kNow)->filename(), "demo-20260823T141530Z-2");
  EXPECT_EQ(CreateRunFolder(runs, "demo", kNow)->filename(), "demo-20260823T141530Z-3");
  std::filesystem::remove_all(runs.parent_path());
}

TEST(RunFolder, SaysWhyItCannotBeCreated) {
  const auto file =
      std::filesystem::path(::testing::TempDir()) / ("not_a_folder_" + std::to_string(getpid()));
  std::ofstream(file) << "x";
  const auto refused = CreateRunFolder(file, "demo", kNow);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_NE(refused.error().message.find(file.string()), std::string::npos);
  std::filesystem::remove(file);
}

TEST(Environment, SaysWhatTheNumbersWereMadeWith) {
  const auto json = nlohmann::json::parse(EnvironmentJson(kNow));
  EXPECT_EQ(json.at("started_utc"), "2026-08-23T14:15:30Z");
  for (const char* key : {"mcunas", "compiler", "host", "system", "processor", "sqlite"}) {
    EXPECT_FALSE(json.at(key).get<std::string>().empty()) << key;
  }
  EXPECT_GE(json.at("cores"), 1);
  EXPECT_GT(json.at("memory_bytes"), 1 << 20);
}

}  // namespace
}  // namespace mcunas
