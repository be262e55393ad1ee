// The real agent, the real runner, an emulated board and firmware built on the spot; then somebody
// pulls the plug in the middle.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "board_agent/client/agent_client.h"
#include "common/file.h"
#include "common/process.h"
#include "common/stop.h"
#include "tests/integration/agent/agent_process.h"
#include "tests/unit/board_agent/fake_runner.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

using fake::Variant;
using std::chrono::milliseconds;

// Running qemu processes that belong to this state folder. Processes come and go while we look, so
// nothing here may throw: a stream over /proc does when its process has just ended.
std::vector<pid_t> EmulatorsOf(const std::string& state_folder) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry("/proc", gone), end; !gone && entry != end;
       entry.increment(gone)) {
    const auto command = ReadFile(entry->path() / "cmdline");
    if (command && command->find("qemu-system-arm") != std::string::npos &&
        command->find(state_folder) != std::string::npos) {
      found.push_back(std::stoi(entry->path().filename().string()));
    }
  }
  return found;
}

// Ends a thread that waits for the stop token, however the test ends.
class StopAndJoin {
 public:
  StopAndJoin(std::thread* thread, StopToken* stop) : thread_(thread), stop_(stop) {}
  ~StopAndJoin() {
    if (!thread_->joinable()) return;
    stop_->RequestStop();
    thread_->join();
  }
  StopAndJoin(const StopAndJoin&) = delete;
  StopAndJoin& operator=(const StopAndJoin&) = delete;

 private:
  std::thread* thread_;
  StopToken* stop_;
};

class QemuAgent : public ::testing::Test {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    if (FindProgram("qemu-system-arm").empty()) GTEST_SKIP() << "no emulator";
    StartAgent();
  }
  void StartAgent() {
    const std::string url =
        agent_.Start({MCUNAS_AGENT, "--bench",
                      std::string(MCUNAS_SOURCE_ROOT) + "/configs/benches/local-virtual.yaml",
                      "--port", std::to_string(port_), "--state", State()});
    ASSERT_NE(url, "") << "the agent did not start";
    if (port_ != 0) return;
    port_ = static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    config_.agents = {url};
  }
  std::string State() const { return (folder_.path() / "state").string(); }

  MeasurementRequest Request(Variant variant, const std::string& core, const std::string& key) {
    fake::Options options;
    options.variant = variant;
    const auto firmware = fake::Request(core, (folder_.path() / key).string(), options);
    const auto image = BuildFirmware(firmware);
    EXPECT_TRUE(image.ok()) << image.error().message;
    MeasurementRequest request;
    request.network_hash = firmware.network_hash;
    request.board = core == "cortex-m4" ? "qemu-m4" : "qemu-m7";
    request.elf_path = image.ok() ? image->elf_path : "";
    for (int8_t byte : fake::Output()) request.golden_output.push_back(static_cast<uint8_t>(byte));
    request.idempotency_key = key;
    return request;
  }
  std::unique_ptr<AgentClient> Client() {
    ClientPolicy policy;
    policy.first_pause = milliseconds(20);
    policy.longest_pause = milliseconds(200);
    policy.poll_time = milliseconds(200);
    return *AgentClient::Create(config_, policy);
  }

  TemporaryFolder folder_;
  AgentProcess agent_;
  BenchConfig config_;
  StopToken stop_;
  uint16_t port_ = 0;
};

TEST_F(QemuAgent, MeasuresOnBothCoresAndNamesCandidateFaults) {
  const std::vector<MeasurementRequest> requests = {
      Request(Variant::kGood, "cortex-m4", "good4"), Request(Variant::kGood, "cortex-m7", "good7"),
      Request(Variant::kWrongOutput, "cortex-m7", "wrong"),
      Request(Variant::kUndefined, "cortex-m4", "undefined"),
      Request(Variant::kBeyondSram, "cortex-m7", "beyond")};
  const auto outcomes = Client()->Measure(requests, stop_);
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (size_t i = 0; i < 2; ++i) {
    const auto* m = std::get_if<Measurement>(&(*outcomes)[i]);
    ASSERT_NE(m, nullptr) << std::get<BoardFailure>((*outcomes)[i]).message;
    EXPECT_EQ(m->source, Source::kEmulated);
    EXPECT_EQ(m->unit, "instructions");
    EXPECT_EQ(m->ticks.size(), 20u);
    EXPECT_EQ(m->operator_ticks.size(), size_t{fake::kOperators});
    EXPECT_EQ(m->arena_peak_bytes, fake::kTouchedBytes);
    EXPECT_EQ(m->board, i == 0 ? "qemu-m4" : "qemu-m7");
  }
  const std::vector<FailureKind> kinds = {FailureKind::kWrongOutput, FailureKind::kHardFault,
                                          FailureKind::kMpuFault};
  for (size_t i = 0; i < kinds.size(); ++i) {
    const auto* failure = std::get_if<BoardFailure>(&(*outcomes)[i + 2]);
    ASSERT_NE(failure, nullptr) << i;
    EXPECT_EQ(failure->kind, kinds[i]) << failure->message;
  }
}

TEST_F(QemuAgent, PullingThePlugDelaysTheSearchAndNothingElse) {
  std::vector<MeasurementRequest> requests;
  const MeasurementRequest slow = Request(Variant::kSlow, "cortex-m7", "slow");
  for (int i = 0; i < 24; ++i) {
    requests.push_back(slow);
    requests.back().idempotency_key += std::to_string(i);
  }
  std::atomic<bool> done{false};
  Expected<std::vector<MeasurementOutcome>> outcomes = Error{};
  std::thread search([&] {
    outcomes = Client()->Measure(requests, stop_);
    done = true;
  });
  const StopAndJoin guard(&search, &stop_);
  int emulators_killed = 0;
  for (int i = 0; i < 2; ++i) {
    WaitUntil([&] { return !EmulatorsOf(State()).empty() || done; });
    for (pid_t emulator : EmulatorsOf(State())) {
      emulators_killed += kill(emulator, SIGKILL) == 0 ? 1 : 0;
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
  WaitUntil([&] { return !EmulatorsOf(State()).empty() || done; });
  const bool in_mid_search = !done;
  agent_.End(SIGKILL);
  EXPECT_TRUE(WaitUntil([&] { return EmulatorsOf(State()).empty(); }, milliseconds(60'000)))
      << "an emulator outlived its agent";
  std::this_thread::sleep_for(milliseconds(500));
  StartAgent();
  search.join();
  EXPECT_TRUE(in_mid_search);
  EXPECT_GE(emulators_killed, 1);
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const MeasurementOutcome& outcome : *outcomes) {
    const auto* failure = std::get_if<BoardFailure>(&outcome);
    EXPECT_EQ(failure, nullptr) << TextOf(*failure);
  }
}

}  // namespace
}  // namespace mcunas
