#include "cli/run/run_folder.h"

#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunFolderTest : public UsersFolder {
 protected:
  static ExperimentConfig Config(const std::string& name = "small") {
    ExperimentConfig config;
    config.name = name;
    return config;
  }
};

TEST_F(RunFolderTest, StartsUnderRunsWithNameAndTime) {
  const auto run = StartRun(Config("abc"), "");
  ASSERT_TRUE(run);
  EXPECT_THAT(run->folder, StartsWith("runs/abc-"));
  EXPECT_TRUE(fs::exists(run->folder + "/environment.json"));
  const auto config = OpenRun(run->folder);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "abc");
}

TEST_F(RunFolderTest, ResolvedConfigReadsBackAsItself) {
  ExperimentConfig config = Config();
  config.search.seed = 77;
  config.bench.boards = {"qemu-m4", "qemu-m7"};
  const auto run = StartRun(config, "wanted");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->folder, "wanted");
  EXPECT_EQ(ResolvedConfig(*OpenRun("wanted")), ResolvedConfig(config));
}

TEST_F(RunFolderTest, OneProcessAtATime) {
  {
    const auto run = StartRun(Config(), "one");
    ASSERT_TRUE(run);
    const auto second = LockRun("one");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(second.error().message, StartsWith("one is running: process "));
    ASSERT_TRUE(WhoRuns("one"));
    EXPECT_EQ(WhoRuns("one")->pid, ::getpid());
  }
  EXPECT_FALSE(WhoRuns("one"));
  EXPECT_TRUE(LockRun("one"));
}

TEST_F(RunFolderTest, KeepsTheConfigOfARunThatIsThere) {
  ASSERT_TRUE(StartRun(Config("first"), "one"));
  const auto second = StartRun(Config("second"), "one");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUsage);
  EXPECT_THAT(second.error().message, HasSubstr("mcunas resume one"));
  EXPECT_EQ(OpenRun("one")->name, "first");
}

TEST_F(RunFolderTest, FolderBelowAFileCannotBe) {
  Write("file", "x");
  const auto run = StartRun(Config(), "file/run");
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kIo);
  EXPECT_THAT(run.error().message, HasSubstr("Not a directory"));
}

TEST_F(RunFolderTest, NoRunFolder) {
  fs::create_directory("empty");
  const std::string no_name_of_a_file(300, 'a');
  for (const std::string& folder :
       {std::string("empty"), std::string("nowhere"), no_name_of_a_file}) {
    const auto run = OpenRun(folder);
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(run.error().message, HasSubstr(folder + " is not a run folder"));
  }
}

TEST_F(RunFolderTest, ResumeOfARunningRunNamesTheHolder) {
  const auto run = StartRun(Config(), "one");
  ASSERT_TRUE(run);
  const Said said = Run({"resume", "one"});
  EXPECT_EQ(said.code, 75);
  EXPECT_THAT(said.err, HasSubstr("error: one is running: process " + std::to_string(::getpid())));
  EXPECT_EQ(said.out, "") << "nothing was started";
  EXPECT_FALSE(fs::exists("one/study.db"));
}

TEST_F(RunFolderTest, ReportTellsRunningFromEnded) {
  {
    const auto run = StartRun(Config(), "one");
    ASSERT_TRUE(run);
    const Said running = Run({"report", "one"});
    EXPECT_EQ(running.code, 75);
    EXPECT_THAT(running.err, HasSubstr("one is running and has no result yet: process "));
    EXPECT_THAT(running.err, Not(HasSubstr("resume")));
  }
  const Said ended = Run({"report", "one"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("continue it with: mcunas resume one"));
  Write("one/result.txt", "the table\n");
  EXPECT_EQ(Run({"report", "one"}).out, "the table\n");
  EXPECT_THAT(Run({"report", "none"}).err, HasSubstr("none is not a run folder"));
}

TEST_F(RunFolderTest, ReportOfAnOldResultSaysThatTheRunGoesOn) {
  const auto run = StartRun(Config(), "one");
  ASSERT_TRUE(run);
  Write("one/result.txt", "the table\n");
  const Said said = Run({"report", "one"});
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.out, "the table\n");
  EXPECT_THAT(said.err, HasSubstr("one is running"));
}

}  // namespace
}  // namespace mcunas
