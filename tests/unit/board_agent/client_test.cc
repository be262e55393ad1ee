#include "board_agent/client/agent_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "board_agent/client/http_client.h"
#include "board_agent/protocol/checksum.h"
#include "tests/unit/board_agent/fake_agent.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Measuring : public ::testing::Test {
 protected:
  void SetUp() override {
    policy_.first_pause = milliseconds(10);
    policy_.longest_pause = milliseconds(50);
    policy_.poll_time = milliseconds(100);
    policy_.failover = milliseconds(300);
    StartAgent();
  }
  void StartAgent() {
    HttpOptions http;
    http.port = port_;
    Expected<std::unique_ptr<Agent>> agent = Error{};
    ASSERT_TRUE(WaitUntil([&] {  // the old port may linger for a moment
      agent = StartFakeAgent(&bench_, FakeBenchFile(), state_.path() / "a", http);
      return agent.ok();
    })) << agent.error().message;
    agent_ = *std::move(agent);
    port_ = agent_->port();
    config_.agents = {"http://127.0.0.1:" + std::to_string(port_)};
  }
  std::unique_ptr<AgentClient> Client() { return *AgentClient::Create(config_, policy_); }
  MeasurementRequest Request(const std::string& key, const std::string& words = "",
                             const std::string& board = "qemu-m7") {
    MeasurementRequest request;
    ParseHash(kFakeHash, &request.network_hash);
    request.board = board;
    request.elf_path = (images_.path() / (key + ".elf")).string();
    std::ofstream(request.elf_path) << FakeImage(words);
    request.idempotency_key = key;
    return request;
  }
  std::vector<MeasurementRequest> Requests(int count, const std::string& words = "") {
    std::vector<MeasurementRequest> requests;
    for (int i = 0; i < count; ++i) requests.push_back(Request("k" + std::to_string(i), words));
    return requests;
  }
  MeasurementOutcome MeasureOne(const MeasurementRequest& request) {
    auto outcomes = Client()->Measure({&request, 1}, stop_);
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return outcomes.ok() ? outcomes->at(0) : MeasurementOutcome(BoardFailure{});
  }
  size_t Runs() { return bench_.Runs("m7-a") + bench_.Runs("m7-b"); }

  TemporaryFolder state_, images_;
  FakeBench bench_;
  BenchConfig config_;
  ClientPolicy policy_;
  StopToken stop_;
  uint16_t port_ = 0;
  std::unique_ptr<Agent> agent_;
};

TEST_F(Measuring, BringsMeasurementsBackInOrder) {
  std::vector<MeasurementRequest> requests = Requests(6);
  requests[2] = Request("bad", "fault=mpu_fault");
  const auto outcomes = Client()->Measure(requests, stop_);
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  ASSERT_EQ(outcomes->size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    if (i == 2) continue;
    const auto* m = std::get_if<Measurement>(&(*outcomes)[i]);
    ASSERT_NE(m, nullptr) << i;
    EXPECT_EQ(m->board, "qemu-m7");
    EXPECT_EQ(m->source, Source::kEmulated);
    EXPECT_EQ(m->unit, "instructions");
    EXPECT_EQ(m->ticks.size(), 20u);
    EXPECT_EQ(m->operator_ticks, (std::vector<int64_t>{400, 600}));
    EXPECT_EQ(m->stack_peak_bytes, 512);
    EXPECT_EQ(m->arena_peak_bytes, 4096);
    EXPECT_EQ(m->tool, "fake 1.0");
  }
  const auto* failure = std::get_if<BoardFailure>(&(*outcomes)[2]);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->kind, FailureKind::kMpuFault);
}

TEST_F(Measuring, PhysicalBoardsAreMeasuredNotEmulated) {
  JobResult result;
  result.is_virtual = false;
  EXPECT_EQ(ToMeasurement(result).source, Source::kMeasured);
}

TEST_F(Measuring, TheSameKeyIsNotRunTwiceAlsoByAnotherClient) {
  const auto requests = Requests(3);
  ASSERT_TRUE(Client()->Measure(requests, stop_).ok());
  EXPECT_EQ(Runs(), 3u);
  ASSERT_TRUE(Client()->Measure(requests, stop_).ok());
  EXPECT_EQ(Runs(), 3u);
  MeasureOne(Request("k0", "slow=1"));  // a rebuilt image under the same key is another job
  EXPECT_EQ(Runs(), 4u);
}

TEST_F(Measuring, WrongOutputIsACandidateFailure) {
  MeasurementRequest request = Request("k");
  request.golden_output = {1, 2, 3};
  const MeasurementOutcome outcome = MeasureOne(request);
  const auto* failure = std::get_if<BoardFailure>(&outcome);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->kind, FailureKind::kWrongOutput);
}

TEST_F(Measuring, AnAgentThatIsDownDelaysOnly) {
  agent_.reset();
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(700));
    StartAgent();
  });
  const auto outcomes = Client()->Measure(Requests(3), stop_);
  later.join();
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const auto& outcome : *outcomes) EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
}

TEST_F(Measuring, AnAgentThatRestartsInMidJobDelaysOnly) {
  bench_.slow = milliseconds(80);
  std::atomic<bool> done{false};
  Expected<std::vector<MeasurementOutcome>> outcomes = Error{};
  std::thread search([&] {
    outcomes = Client()->Measure(Requests(8), stop_);
    done = true;
  });
  for (int i = 0; i < 3; ++i) {
    const size_t runs = Runs();
    ASSERT_TRUE(WaitUntil([&] { return Runs() > runs || done.load(); }));
    agent_.reset();
    std::this_thread::sleep_for(milliseconds(50));
    StartAgent();
  }
  search.join();
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const auto& outcome : *outcomes) EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
}

TEST_F(Measuring, JobsOfAnAgentWhoseStateWasWipedAreSubmittedAgain) {
  bench_.slow = milliseconds(150);
  std::atomic<bool> done{false};
  Expected<std::vector<MeasurementOutcome>> outcomes = Error{};
  std::thread search([&] {
    outcomes = Client()->Measure(Requests(4), stop_);
    done = true;
  });
  ASSERT_TRUE(WaitUntil([&] { return Runs() > 0; }));
  agent_.reset();
  std::filesystem::remove_all(state_.path() / "a");
  StartAgent();
  search.join();
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const auto& outcome : *outcomes) EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
}

TEST_F(Measuring, ABoardThatIsUnpluggedDelaysOnly) {
  bench_.SetAbsent("m7-a", "unplugged");
  bench_.SetAbsent("m7-b", "unplugged");
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(400));
    bench_.SetAbsent("m7-b", "");
  });
  const auto outcomes = Client()->Measure(Requests(3), stop_);
  later.join();
  ASSERT_TRUE(outcomes.ok());
  for (const auto& outcome : *outcomes) EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
}

TEST_F(Measuring, StopStrikesWhateverTheAgentDoes) {
  agent_.reset();
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(200));
    stop_.RequestStop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto outcomes = Client()->Measure(Requests(2), stop_);
  later.join();
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kInterrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(3000));
}

TEST_F(Measuring, WorkIsSharedAndADeadAgentIsLeft) {
  FakeBench second_bench;
  auto second = StartFakeAgent(&second_bench, FakeBenchFile(), state_.path() / "b");
  ASSERT_TRUE(second.ok());
  config_.agents.push_back("http://127.0.0.1:" + std::to_string((*second)->port()));
  bench_.slow = second_bench.slow = milliseconds(30);
  bench_.on_run = [&](const std::string&) { std::this_thread::sleep_for(milliseconds(50)); };
  std::thread killer([&] {
    WaitUntil([&] { return Runs() > 0; });
    agent_.reset();  // for good
  });
  const auto outcomes = Client()->Measure(Requests(12), stop_);
  killer.join();
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const auto& outcome : *outcomes) EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
  EXPECT_GE(second_bench.Runs("m7-a") + second_bench.Runs("m7-b"), 6u);
}

TEST_F(Measuring, TroubleOfTheBenchEndsAsInfrastructureAfterABound) {
  policy_.resubmissions = 1;
  for (int i = 0; i < 1000; ++i) bench_.PushFailure("m4-a", {FailureKind::kVerifyFailed, "always"});
  const MeasurementOutcome outcome = MeasureOne(Request("k", "", "qemu-m4"));
  const auto* failure = std::get_if<BoardFailure>(&outcome);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->kind, FailureKind::kVerifyFailed);
  EXPECT_EQ(bench_.Runs("m4-a"), 10u) << "five attempts, submitted twice";
}

TEST_F(Measuring, UserMistakesAreErrorsAtOnce) {
  MeasurementRequest request = Request("k");
  request.board = "qemu-m9";
  auto unknown = Client()->Measure({&request, 1}, stop_);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'qemu-m"));
  request = Request("k");
  request.elf_path += ".gone";
  EXPECT_EQ(Client()->Measure({&request, 1}, stop_).error().code, ErrorCode::kNotFound);
  config_.agents = {"ftp://127.0.0.1"};
  EXPECT_EQ(AgentClient::Create(config_).error().code, ErrorCode::kUsage);
  config_.agents = {};
  EXPECT_EQ(AgentClient::Create(config_).error().code, ErrorCode::kUsage);
}

TEST_F(Measuring, BoardsAreListedAndADownAgentSaysHowToStartIt) {
  const auto boards = ListBoards(config_.agents[0], "");
  ASSERT_TRUE(boards.ok()) << boards.error().message;
  EXPECT_EQ(boards->size(), 3u);
  agent_.reset();
  const auto down = ListBoards(config_.agents[0], "");
  ASSERT_FALSE(down.ok());
  EXPECT_EQ(down.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(down.error().message, "agent " + config_.agents[0] +
                                      " is not reachable: start it with: mcunas-agent --bench "
                                      "configs/benches/local-virtual.yaml");
}

TEST(AgentUrls, AreReadStrictly) {
  EXPECT_EQ(ParseAgentUrl("http://bench.lab:8801/")->host, "bench.lab");
  EXPECT_EQ(ParseAgentUrl("http://bench.lab:8801")->port, 8801);
  EXPECT_EQ(ParseAgentUrl("http://bench.lab")->port, 80);
  EXPECT_EQ(ParseAgentUrl("http://[::1]:99")->host, "::1");
  for (const char* bad :
       {"", "bench", "https://a", "http://", "http://:80", "http://a:0", "http://a:70000",
        "http://a:80x", "http://a/b", "http://u@a", "http://[::1"}) {
    EXPECT_FALSE(ParseAgentUrl(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace mcunas
