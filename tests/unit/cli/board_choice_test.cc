#include "cli/model/board_choice.h"

#include <chrono>
#include <thread>

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

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

TEST_F(BoardChoiceTest, WaitsForAnAgentThatIsAwayUntilTheDeadline) {
  StopToken stop;
  const auto began = Clock::now();
  testing::internal::CaptureStderr();
  const auto away = AwaitBoard({"http://127.0.0.1:9", "", ""}, began + milliseconds(700), stop);
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::kUnavailable);
  EXPECT_GE(Clock::now() - began, milliseconds(500));
  EXPECT_THAT(said, AllOf(HasSubstr("waiting for up to 1 s"), HasSubstr("is not reachable")));
}

TEST_F(BoardChoiceTest, FindsTheBoardThatComesBackMeanwhile) {
  bench_.SetAbsent("lab", "no probe");
  Start(OneBoard());
  ASSERT_TRUE(WaitUntil([&] { return !ChooseBoard({url_, "lab", ""}); }));
  std::thread plugs_it_in([this] {
    std::this_thread::sleep_for(milliseconds(300));
    bench_.SetAbsent("lab", "");
  });
  StopToken stop;
  const auto found = AwaitBoard({url_, "lab", ""}, Clock::now() + std::chrono::seconds(30), stop);
  plugs_it_in.join();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->name, "lab");
}

TEST_F(BoardChoiceTest, WaitsForNothingThatCannotCome) {
  Start(OneBoard());
  StopToken stop;
  const auto late = Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(AwaitBoard({url_, "m9", ""}, late, stop).error().code, ErrorCode::kNotFound);
  stop.RequestStop();
  EXPECT_EQ(AwaitBoard({"http://127.0.0.1:9", "", ""}, late, stop).error().code,
            ErrorCode::kInterrupted);
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
  const Said waited =
      Run({"measure", "m.tflite", "--agent", "http://127.0.0.1:9", "--wait", "0.5"});
  EXPECT_EQ(waited.code, 75);
  EXPECT_THAT(waited.err, AllOf(HasSubstr("waiting for up to"), HasSubstr("error: ")));
  EXPECT_EQ(Run({"measure", "m.tflite", "--agent", "nonsense"}).code, 2);
  EXPECT_EQ(Run({"measure", "m.tflite", "--repetitions", "65"}).code, 2);
}

}  // namespace
}  // namespace mcunas
