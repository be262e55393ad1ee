// The agent is killed with SIGKILL at random moments while clients submit and wait: no accepted job
// is lost, nothing runs again after its result, every result reaches its client.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "board_agent/client/agent_client.h"
#include "board_agent/client/http_client.h"
#include "board_agent/protocol/checksum.h"
#include "board_agent/protocol/job_request.h"
#include "common/random.h"
#include "common/stop.h"
#include "tests/integration/agent/agent_process.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;

constexpr int kKills = 25;
constexpr int kClientJobs = 60;

class Crashing : public ::testing::Test {
 protected:
  void StartAgent() {
    const std::string url_text = agent_.Start(
        {MCUNAS_FAKE_AGENT, (folder_.path() / "state").string(), std::to_string(port_), Ledger()});
    ASSERT_NE(url_text, "") << "the agent did not start again";
    if (port_ != 0) return;  // the clients are reading the address
    const Expected<AgentUrl> url = ParseAgentUrl(url_text);
    ASSERT_TRUE(url.ok());
    port_ = url->port;
    url_ = *url;
  }
  std::string Ledger() const { return (folder_.path() / "ledger").string(); }
  // Every job has a network of its own, so that the ledger tells which job ran.
  static std::string HashFor(int i) { return HashBytes("net" + std::to_string(i)).Hex(); }
  static std::string ImageFor(int i) { return FakeImage("slow=15", HashFor(i)); }

  // Network -> nonces of its runs, in order.
  std::map<std::string, std::vector<uint32_t>> ReadLedger() const {
    std::map<std::string, std::vector<uint32_t>> runs;
    std::ifstream file(Ledger());
    std::string hash;
    uint32_t nonce = 0;
    while (file >> hash >> nonce) runs[hash].push_back(nonce);
    return runs;
  }

  // POSTs until somebody answers; every accepted id goes to accepted_.
  void SubmitUntilAccepted(int i, const std::atomic<bool>& give_up) {
    JobRequest job;
    job.idempotency_key = "raw" + std::to_string(i);
    job.blob = Sha256Hex(ImageFor(i));
    job.board = "qemu-m7";
    job.network_hash = HashFor(i);
    const std::string image = ImageFor(i);
    const std::string body = JobRequestToJson(job);
    while (!give_up) {
      HttpRequest put{.method = "PUT", .target = "/v1/blobs/" + job.blob, .body = image};
      HttpRequest post{.method = "POST", .target = "/v1/jobs", .body = body};
      const auto uploaded = CallAgent(url_, put);
      const auto reply = CallAgent(url_, post);
      if (uploaded.ok() && reply.ok() && (reply->status == 202 || reply->status == 200)) {
        const auto status = JobStatusFromJson(reply->body);
        ASSERT_TRUE(status.ok());
        accepted_[status->id] = i;
        return;
      }
      std::this_thread::sleep_for(milliseconds(5));
    }
  }

  TemporaryFolder folder_;
  AgentProcess agent_;
  AgentUrl url_;
  uint16_t port_ = 0;
  std::map<std::string, int> accepted_;  // id -> number of the job
};

TEST_F(Crashing, NothingAcceptedIsLostNothingIsRunAfterItsResult) {
  StartAgent();
  std::vector<MeasurementRequest> requests;
  for (int i = 0; i < kClientJobs; ++i) {
    MeasurementRequest request;
    ParseHash(HashFor(i), &request.network_hash);
    request.board = "qemu-m7";
    request.elf_path = (folder_.path() / (std::to_string(i) + ".elf")).string();
    std::ofstream(request.elf_path) << ImageFor(i);
    request.idempotency_key = "client" + std::to_string(i);
    requests.push_back(request);
  }
  BenchConfig config;
  config.agents = {url_.text};
  ClientPolicy policy;
  policy.first_pause = milliseconds(5);
  policy.longest_pause = milliseconds(40);
  policy.poll_time = milliseconds(100);
  StopToken stop;
  Expected<std::vector<MeasurementOutcome>> outcomes = Error{};
  std::thread search(
      [&] { outcomes = (*AgentClient::Create(config, policy))->Measure(requests, stop); });
  std::atomic<bool> enough{false};
  std::thread submitter([&] {
    for (int i = 1000; !enough; ++i) SubmitUntilAccepted(i, enough);
  });

  RandomStream random(20261121, "kill points");
  for (int kill = 0; kill < kKills; ++kill) {
    std::this_thread::sleep_for(std::chrono::microseconds(random.Between(1'000, 120'000)));
    agent_.End(SIGKILL);
    StartAgent();
  }
  enough = true;
  submitter.join();
  search.join();

  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const MeasurementOutcome& outcome : *outcomes) {
    EXPECT_TRUE(std::holds_alternative<Measurement>(outcome));
  }
  EXPECT_GT(accepted_.size(), 20u);
  std::map<std::string, uint32_t> result_nonce;
  for (const auto& [id, number] : accepted_) {
    JobStatus job;
    ASSERT_TRUE(WaitUntil([&, id = id] {
      const auto reply = CallAgent(url_, {.target = "/v1/jobs/" + id + "?wait=5"});
      const auto status = reply.ok() ? JobStatusFromJson(reply->body) : Error{};
      if (status.ok()) job = *status;
      return status.ok() && IsFinal(status->state);
    })) << "accepted job "
        << id << " was lost";
    ASSERT_EQ(job.state, JobState::kDone) << (job.failure ? job.failure->message : "");
    result_nonce[HashFor(number)] = job.result->nonce;
  }
  const auto ledger = ReadLedger();
  for (const auto& [network, nonce] : result_nonce) {
    ASSERT_TRUE(ledger.contains(network));
    EXPECT_EQ(ledger.at(network).back(), nonce) << "it ran again after its result";
  }
  size_t runs = 0;
  for (const auto& [network, nonces] : ledger) runs += nonces.size();
  const size_t jobs = accepted_.size() + kClientJobs;
  RecordProperty("jobs", static_cast<int>(jobs));
  RecordProperty("runs", static_cast<int>(runs));
  EXPECT_LE(runs, jobs + kKills * 3) << "at most one lost run per board and kill";
}

TEST_F(Crashing, SigtermDrainsCleanlyAndTheNextStartGoesOn) {
  StartAgent();
  std::atomic<bool> never{false};
  for (int i = 0; i < 10; ++i) SubmitUntilAccepted(i, never);
  const int status = agent_.End(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  StartAgent();
  for (const auto& [id, number] : accepted_) {
    const auto reply = CallAgent(url_, {.target = "/v1/jobs/" + id + "?wait=9"});
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(JobStatusFromJson(reply->body)->state, JobState::kDone);
  }
}

}  // namespace
}  // namespace mcunas
