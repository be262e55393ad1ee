#include "cli/run/experiment.h"

#include "cli/run/run_folder.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ExperimentTest : public UsersFolder {
 protected:
  static ExperimentConfig Load(const std::string& more,
                               const std::vector<std::string>& overrides = {}) {
    Write("x.yaml", SmallExperiment() + more);
    const auto config = LoadExperiment("x.yaml", overrides);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : ExperimentConfig{};
  }

  static std::string Problem(const std::string& text) {
    Write("x.yaml", text);
    const auto config = LoadExperiment("x.yaml", {});
    EXPECT_FALSE(config);
    EXPECT_EQ(config.error().code, ErrorCode::kUsage);
    return config.error().message;
  }
};

TEST_F(ExperimentTest, PathsAreAbsoluteInMemoryAndInTheRunFolder) {
  std::filesystem::create_directory("lab");
  Write("lab/x.yaml", SmallExperiment() +
                          "data: {kind: image_folder, root: ../data/fruits}\n"
                          "bench: {token_file: token}\n");
  const auto config = LoadExperiment("lab/x.yaml", {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data.root, (folder_ / "data/fruits").string());
  EXPECT_EQ(config->bench.token_file, (folder_ / "lab/token").string());
  ASSERT_TRUE(StartRun(*config, "run"));
  std::filesystem::current_path("lab");
  const auto again = OpenRun("../run");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->data.root, config->data.root);
  EXPECT_EQ(again->bench.token_file, config->bench.token_file);
}

TEST_F(ExperimentTest, PathsOfOverridesBeginHere) {
  std::filesystem::create_directory("lab");
  Write("lab/x.yaml", SmallExperiment() + "data: {kind: image_folder, root: a}\n");
  const auto config = LoadExperiment("lab/x.yaml", {"data.root=b"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->data.root, (folder_ / "b").string());
}

TEST_F(ExperimentTest, ScreeningLooksAtAPartOfTheHoldout) {
  EXPECT_EQ(Load("", {"data.holdout=600", "search.screen.images=599"}).search.screen.images, 599);
  const auto all = LoadExperiment("x.yaml", {"data.holdout=600", "search.screen.images=600"});
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().message, HasSubstr("screen.images must be fewer than data.holdout"));
}

TEST_F(ExperimentTest, LimitsAreTheBoardsUnlessNamed) {
  const BoardProfile board = *LoadBoardProfile("nucleo-f446re");
  const MemoryLimits whole = LimitsOf(Load(""), board);
  EXPECT_EQ(whole.sram, BoardLimits(board).sram);
  EXPECT_EQ(whole.flash, board.flash());
  EXPECT_EQ(whole.macs, Macs(0)) << "no limit";
  const MemoryLimits named = LimitsOf(
      Load("",
           {"target.limits.sram_kb=32", "target.limits.flash_kb=96", "target.limits.macs_m=1.5"}),
      board);
  EXPECT_EQ(named.sram, KiB(32));
  EXPECT_EQ(named.flash, KiB(96));
  EXPECT_EQ(named.macs, Macs(1'500'000));
}

TEST_F(ExperimentTest, RoundingIsOneOfTwo) {
  EXPECT_EQ(Load("").evaluate.rounding, RoundingMode::kTflite);
  EXPECT_EQ(Load("", {"evaluate.rounding=tflm"}).evaluate.rounding, RoundingMode::kTflm);
}

TEST_F(ExperimentTest, NameMustBeAFolder) {
  for (const char* name : {"a/b", "\"a b\"", "\"\"", "'a\\b'"}) {
    EXPECT_THAT(
        Problem("version: 1\nname: " + std::string(name) + "\ntarget: {board: nucleo-f446re}\n"),
        AllOf(HasSubstr("x.yaml:2:"), HasSubstr("folder name")));
  }
}

TEST_F(ExperimentTest, VersionNameAndBoardAreMandatory) {
  const std::string message = Problem("search: {seed: 1}\n");
  for (const char* key : {"version: is missing", "name: is missing", "board: is missing"})
    EXPECT_THAT(message, HasSubstr(key));
}

TEST_F(ExperimentTest, ObjectiveNobodyComputes) {
  EXPECT_THAT(Problem("version: 1\nname: a\ntarget: {board: nucleo-f446re}\n"
                      "search: {objectives: {accuracy: max, latency_ms: min}}\n"
                      "evaluate: {latency: none}\n"),
              HasSubstr("drop it from search.objectives"));
  EXPECT_THAT(Problem("version: 1\nname: a\n"
                      "target: {board: nucleo-f446re, limits: {latency_ms: 5}}\n"
                      "search: {objectives: {accuracy: max}}\nevaluate: {latency: none}\n"),
              HasSubstr("drop the limit or choose model or measured"));
}

TEST_F(ExperimentTest, ValidateNamesEveryMistake) {
  Write("x.yaml", "version: 2\nname: a\ntarget: {board: nucleo-f446rx}\nserch: {seed: 1}\n");
  const Said said = Run({"validate", "x.yaml"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, AllOf(HasSubstr("x.yaml:1:"), HasSubstr("did you mean 'nucleo-f446re'?"),
                              HasSubstr("did you mean 'search'?"), HasSubstr("3 problems")));
}

TEST_F(ExperimentTest, ResolvedFileReadsBack) {
  Write("x.yaml", SmallExperiment());
  const Said said = Run({"validate", "x.yaml", "search.seed=5", "--resolve"});
  ASSERT_EQ(said.code, 0) << said.err;
  Write("y.yaml", said.out);
  const Said again = Run({"validate", "y.yaml", "--resolve"});
  EXPECT_EQ(again.out, said.out);
  EXPECT_THAT(said.out, HasSubstr("seed: 5"));
}

TEST_F(ExperimentTest, SchemaAndReferenceNeedNoFile) {
  EXPECT_THAT(Run({"validate", "--schema"}).out, HasSubstr("\"$schema\""));
  EXPECT_THAT(Run({"validate", "--reference"}).out, HasSubstr("data.root"));
  EXPECT_THAT(Run({"validate"}).err, HasSubstr("validate needs a FILE"));
  EXPECT_EQ(Run({"validate"}).code, 2);
}

}  // namespace
}  // namespace mcunas
