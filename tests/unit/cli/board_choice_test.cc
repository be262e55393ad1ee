#include "cli/model/board_choice.h"

#include "tests/unit/board_agent/fake_agent.h"
#include "tests/unit/cli/users_folder.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class BoardChoiceTest : public UsersFolder {
 protected:
  void Start(const BenchFile& file, const std::string& token = "") {
    HttpOptions http;
    http.token = token;
    auto agent = StartFakeAgent(&bench_, file, state_.path(), http);
    ASSERT_TRUE(agent) << agent.error().message;
    agent_ = std::move(*agent);
    url_ = "http://127.0.0.1:" + std::to_string(agent_->port());
  }

  static BenchFile OneBoard() {
    BenchFile file = FakeBenchFile();
    file.boards = {FakeBoard("lab", "nucleo-f446re")};
    return file;
  }

  std::vector<std::string> Names(const std::string& board) const {
    std::vector<std::string> names;
    const auto found = FindBoards({url_, board, ""});
    EXPECT_TRUE(found) << found.error().message;
    if (!found) return names;
    for (const BoardInfo& info : *found) names.push_back(info.name);
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryFolder state_;
  FakeBench bench_;
  std::unique_ptr<Agent> agent_;
  std::string url_;
};

TEST_F(BoardChoiceTest, NameMeansOneBoardProfileAllOfItsKind) {
  Start(FakeBenchFile());
  EXPECT_EQ(Names("m7-b"), std::vector<std::string>({"m7-b"}));
  EXPECT_EQ(Names("qemu-m7"), std::vector<std::string>({"m7-a", "m7-b"}));
}

TEST_F(BoardChoiceTest, NoNameIsEnoughWhereThereIsOneBoard) {
  Start(OneBoard());
  EXPECT_EQ(Names(""), std::vector<std::string>({"lab"}));
}

TEST_F(BoardChoiceTest, SeveralBoardsNeedAName) {
  Start(FakeBenchFile());
  const auto found = FindBoards({url_, "", ""});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().message,
              AllOf(HasSubstr("say --board with one of:"), HasSubstr("m4-a (qemu-m4)")));
}

TEST_F(BoardChoiceTest, UnknownBoardNamesTheNearestAndAll) {
  Start(FakeBenchFile());
  const auto found = FindBoards({url_, "m7-c", ""});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(found.error().message, AllOf(HasSubstr("did you mean 'm7-a'?"), HasSubstr("m4-a")));
}

TEST_F(BoardChoiceTest, AwayAgentsAndBoardsMayComeBack) {
  const auto away = FindBoards({"http://127.0.0.1:9", "lab", ""});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::kUnavailable);
  bench_.SetAbsent("lab", "no probe");
  Start(OneBoard());
  ASSERT_TRUE(WaitUntil([&] { return !ChooseBoard({url_, "lab", ""}); }));
  const auto missing = ChooseBoard({url_, "lab", ""});
  EXPECT_EQ(missing.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(missing.error().message, HasSubstr("board lab of " + url_ + " is missing"));
  bench_.SetAbsent("lab", "");
  EXPECT_TRUE(WaitUntil([&] { return ChooseBoard({url_, "lab", ""}).ok(); }));
}

TEST_F(BoardChoiceTest, FirstUsableBoardOfAProfile) {
  bench_.SetAbsent("m7-a", "no probe");
  Start(FakeBenchFile());
  EXPECT_TRUE(WaitUntil([&] {
    const auto chosen = ChooseBoard({url_, "qemu-m7", ""});
    return chosen && chosen->name == "m7-b";
  }));
}

TEST_F(BoardChoiceTest, ProtectedBenchIsCheckedWithItsToken) {
  Start(FakeBenchFile(), "secret");
  BenchConfig bench;
  bench.agents = {url_};
  bench.boards = {"qemu-m7"};
  ASSERT_FALSE(CheckBench(bench));
  EXPECT_THAT(CheckBench(bench).error().message, HasSubstr("Bearer token"));
  bench.token_file = "token";
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kNotFound);
  Write("token", "\n");
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kUsage);
  Write("token", "wrong\n");
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kUsage);
  Write("token", " secret \n");
  EXPECT_TRUE(CheckBench(bench)) << CheckBench(bench).error().message;
  EXPECT_TRUE(FindBoards({url_, "m7-a", "token"}));
  agent_.reset();
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kUnavailable);
}

TEST_F(BoardChoiceTest, BenchIsCheckedBoardByBoard) {
  Start(FakeBenchFile());
  BenchConfig bench;
  bench.agents = {url_};
  bench.boards = {"qemu-m7", "qemu-m4"};
  EXPECT_TRUE(CheckBench(bench));
  bench.boards = {"m4-a"};
  ASSERT_FALSE(CheckBench(bench));
  EXPECT_THAT(CheckBench(bench).error().message, HasSubstr("name its class, 'qemu-m4'"));
  bench.boards = {"qemu-m7"};
  bench.boards.push_back("m5");
  ASSERT_FALSE(CheckBench(bench));
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kNotFound);
  bench.agents.push_back("http://127.0.0.1:9");
  EXPECT_EQ(CheckBench(bench).error().code, ErrorCode::kUnavailable);
}

TEST_F(BoardChoiceTest, BoardsVerbPrintsStates) {
  bench_.SetAbsent("m7-a", "no probe");
  Start(FakeBenchFile());
  std::string said;
  EXPECT_TRUE(WaitUntil([&] {
    said = Run({"boards", url_}).out;
    return said.find("missing") != std::string::npos && said.find("idle") != std::string::npos;
  })) << said;
  EXPECT_THAT(said, AllOf(HasSubstr(url_), HasSubstr("m4-a"), HasSubstr("no probe")));
  EXPECT_EQ(Run({"boards", "http://127.0.0.1:9"}).code, 75);
}

TEST_F(BoardChoiceTest, MeasureRefusesBeforeItCompiles) {
  Start(FakeBenchFile());
  WriteModel("m.tflite");
  EXPECT_THAT(Run({"measure", "m.tflite", "--agent", url_}).err, HasSubstr("say --board"));
  EXPECT_EQ(Run({"measure", "m.tflite", "--agent", url_, "--board", "m9-z"}).code, 2);
  EXPECT_EQ(Run({"measure", "m.tflite", "--agent", "http://127.0.0.1:9"}).code, 75);
  EXPECT_EQ(Run({"measure", "m.tflite", "--agent", "nonsense"}).code, 2);
  EXPECT_EQ(Run({"measure", "m.tflite", "--repetitions", "65"}).code, 2);
}

}  // namespace
}  // namespace mcunas
