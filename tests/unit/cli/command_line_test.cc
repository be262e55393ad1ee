#include "cli/command_line.h"

#include "cli/verbs.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandLine : public UsersFolder {};

TEST_F(CommandLine, HelpNamesEveryVerb) {
  const Said said = Run({"--help"});
  EXPECT_EQ(said.code, 0);
  for (const char* verb : {"search", "resume", "train", "space", "validate", "plan", "compile",
                           "profile", "measure", "report", "boards", "ls", "doctor"}) {
    EXPECT_THAT(said.out, HasSubstr(std::string("\n  ") + verb + " "));
    const Said help = Run({verb, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr(std::string("Example: mcunas ") + verb));
  }
  EXPECT_THAT(Run({"--version"}).out, StartsWith("mcunas "));
}

TEST_F(CommandLine, WrongCallsEndWithTwo) {
  EXPECT_EQ(Run({}).code, 2);
  EXPECT_EQ(Run({"--nonsense"}).code, 2);
  EXPECT_EQ(Run({"plan"}).code, 2) << "MODEL is missing";
  EXPECT_EQ(Run({"plan", "n.json", "--nonsense"}).code, 2);
  EXPECT_EQ(Run({"compile", "n.json"}).code, 2) << "-o is missing";
}

TEST_F(CommandLine, MisspeltVerb) {
  const Said said = Run({"serch", "x.yaml"});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, AllOf(HasSubstr("'serch' is not a verb"),
                              HasSubstr("did you mean 'search'?"), HasSubstr("verbs: search,")));
  EXPECT_THAT(Run({"frobnicate"}).err, Not(HasSubstr("did you mean")));
}

TEST_F(CommandLine, ErrorsHaveOneFormAndTheirCode) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(ReportError({ErrorCode::kInfeasible, "too large"}), 3);
  EXPECT_EQ(ReportError({ErrorCode::kUnavailable, "away"}), 75);
  EXPECT_EQ(ReportError({ErrorCode::kCorrupt, "x.yaml:1:2: error: key: wrong"}), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "error: too large\nerror: away\nx.yaml:1:2: error: key: wrong\n");
}

TEST_F(CommandLine, MissingFilesAreNamed) {
  for (const std::string verb : {"validate", "space", "search", "train", "plan"}) {
    const Said said = Run({verb, "no/such.file"});
    EXPECT_EQ(said.code, 2) << verb;
    EXPECT_THAT(said.err, AllOf(StartsWith("error: "), HasSubstr("no/such.file"))) << verb;
  }
  EXPECT_THAT(Run({"resume", "no/run"}).err, HasSubstr("no/run is not a run folder"));
}

TEST_F(CommandLine, FolderIsNoExperiment) {
  for (const std::string verb : {"search", "validate"}) {
    const Said said = Run({verb, "."});
    EXPECT_EQ(said.code, 2) << "retrying would not help";
    EXPECT_THAT(said.err, HasSubstr(". is a folder"));
  }
}

TEST_F(CommandLine, ListsBoardsExperimentsAndRuns) {
  EXPECT_THAT(Run({"ls"}).out, AllOf(HasSubstr("nucleo-f446re"), HasSubstr("cortex-m4")));
  EXPECT_THAT(Run({"ls", "experiments"}).out, HasSubstr("experiments/quickstart.yaml\n"));
  EXPECT_EQ(Run({"ls", "runs"}).out, "");
  std::filesystem::create_directories("runs/b");
  std::filesystem::create_directories("runs/a");
  Write("runs/file", "no run");
  EXPECT_EQ(Run({"ls", "runs"}).out, "runs/a\nruns/b\n");
  EXPECT_EQ(Run({"ls", "everything"}).code, 2);
}

TEST_F(CommandLine, SpaceNamesTheNextCommand) {
  Write("x.yaml",
        SmallExperiment() + "space: {width: [0.5, 1.0], resolution: [16, 24], stem_channels: 8}\n");
  const Said said = Run({"space", "x.yaml", "--samples", "5", "--svg", "space.svg"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("next: mcunas search x.yaml 'space.width=["));
  EXPECT_THAT(*ReadFile("space.svg"), HasSubstr("<svg"));
  const Said again = Run({"space", "x.yaml", "--samples", "5", "--threads", "1", "--json"});
  EXPECT_EQ(again.out, Run({"space", "x.yaml", "--samples", "5", "--threads", "3", "--json"}).out);
}

TEST_F(CommandLine, SpaceNeedsTheNumberOfClasses) {
  Write("x.yaml", SmallExperiment() + "data: {kind: image_folder, root: fruits}\n");
  const Said said = Run({"space", "x.yaml", "--samples", "2"});
  EXPECT_EQ(said.code, 2);
  EXPECT_THAT(said.err, AllOf(HasSubstr("fruits/train does not exist"), HasSubstr("--classes")));
  EXPECT_EQ(Run({"space", "x.yaml", "--samples", "2", "--classes", "7"}).code, 0);
}

TEST_F(CommandLine, DoctorLoadsTheSupernet) {
  Write("broken.so", "no library");
  setenv("MCUNAS_SUPERNET_LIBRARY", "./broken.so", 1);
  const Said broken = Run({"doctor"});
  setenv("MCUNAS_SUPERNET_LIBRARY", "./absent.so", 1);
  const Said absent = Run({"doctor", "--quiet"});
  unsetenv("MCUNAS_SUPERNET_LIBRARY");
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.out, AllOf(HasSubstr("problem  LibTorch"),
                                HasSubstr("./broken.so cannot be loaded"), EndsWith("problem\n")));
  EXPECT_EQ(absent.code, 2);
  EXPECT_THAT(absent.out, AllOf(HasSubstr("looked for ./absent.so"), Not(HasSubstr("ok  "))));
}

}  // namespace
}  // namespace mcunas
