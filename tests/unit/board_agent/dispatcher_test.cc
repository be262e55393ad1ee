#include "board_agent/server/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "board_agent/protocol/checksum.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Dispatching : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = FakeBenchFile();
    Open();
  }
  void TearDown() override {
    if (dispatcher_) dispatcher_->Stop();
  }
  void Open() {
    dispatcher_.reset();
    store_.reset();
    store_ = *JobStore::Open(folder_.path() / "jobs.db");
    blobs_.emplace(*BlobStore::Open(folder_.path() / "blobs"));
    DispatcherOptions options;
    options.health = PolicyOf(file_);
    options.health.missing_interval = milliseconds(10);
    options.queue_limit = file_.queue_limit;
    options.attempts = static_cast<int>(file_.attempts);
    options.logs_folder = folder_.path() / "logs";
    options.work_folder = folder_.path() / "work";
    std::vector<BenchBoard> boards;
    for (const BoardConfig& board : file_.boards) {
      boards.push_back({board, std::make_unique<FakeRunner>(&bench_, board.name)});
    }
    auto dispatcher = Dispatcher::Create(options, store_.get(), &*blobs_, std::move(boards));
    ASSERT_TRUE(dispatcher.ok());
    dispatcher_ = *std::move(dispatcher);
  }
  JobRequest Request(const std::string& key, const std::string& board,
                     const std::string& words = "") {
    const std::string image = FakeImage(words);
    auto upload = blobs_->Begin(Sha256Hex(image));
    EXPECT_TRUE(upload->Add(image).ok() && upload->Commit().ok());
    JobRequest request;
    request.idempotency_key = key;
    request.blob = Sha256Hex(image);
    request.board = board;
    request.network_hash = kFakeHash;
    return request;
  }
  std::string Submit(const std::string& key, const std::string& board,
                     const std::string& words = "") {
    const auto outcome = dispatcher_->Submit(Request(key, board, words));
    EXPECT_EQ(outcome.http_status, 202) << outcome.error.message;
    return outcome.value.id;
  }
  JobStatus Status(const std::string& id) { return dispatcher_->Find(id).value; }
  JobStatus WaitFinal(const std::string& id) {
    EXPECT_TRUE(WaitUntil([&] { return IsFinal(Status(id).state); }))
        << JobStateName(Status(id).state);
    return Status(id);
  }
  BoardInfo Board(const std::string& name) {
    for (const BoardInfo& board : dispatcher_->Boards()) {
      if (board.name == name) return board;
    }
    return {};
  }
  bool WaitBoard(const std::string& name, const std::string& state) {
    return WaitUntil([&] { return Board(name).state == state; });
  }

  TemporaryFolder folder_;
  BenchFile file_;
  FakeBench bench_;
  std::unique_ptr<JobStore> store_;
  std::optional<BlobStore> blobs_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(Dispatching, RunsJobsByNameAndByClass) {
  dispatcher_->Start();
  const JobStatus by_name = WaitFinal(Submit("a", "m7-b"));
  EXPECT_EQ(by_name.state, JobState::kDone);
  EXPECT_EQ(by_name.result->board, "m7-b");
  EXPECT_EQ(by_name.attempt, 1);
  const JobStatus by_class = WaitFinal(Submit("b", "qemu-m4"));
  EXPECT_EQ(by_class.result->board, "m4-a");
  EXPECT_THAT(dispatcher_->Log(by_name.id, 0).value, HasSubstr("ran on m7-b"));
  EXPECT_EQ(dispatcher_->Log(by_name.id, 1 << 20).value, "");
  EXPECT_EQ(dispatcher_->Log("nobody", 0).http_status, 404);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "work")) << "attempt folders are removed";
}

TEST_F(Dispatching, BothBoardsOfAClassWorkAtOnce) {
  bench_.slow = milliseconds(30);
  dispatcher_->Start();
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(Submit("k" + std::to_string(i), "qemu-m7"));
  for (const std::string& id : ids) EXPECT_EQ(WaitFinal(id).state, JobState::kDone);
  EXPECT_GE(bench_.Runs("m7-a"), 2u);
  EXPECT_GE(bench_.Runs("m7-b"), 2u);
  EXPECT_EQ(bench_.Runs("m7-a") + bench_.Runs("m7-b"), 10u);
}

TEST_F(Dispatching, RefusesWhatItCannotDo) {
  JobRequest request = Request("a", "qemu-m8");
  EXPECT_EQ(dispatcher_->Submit(request).http_status, 422);
  EXPECT_THAT(dispatcher_->Submit(request).error.message, HasSubstr("did you mean 'qemu-m"));
  request.board = "nucleo-h743zi2";
  EXPECT_THAT(dispatcher_->Submit(request).error.message, HasSubstr("this agent has: m4-a"));
  request.board = "qemu-m7";
  request.blob = std::string(64, '0');
  EXPECT_EQ(dispatcher_->Submit(request).error.code, "unknown_blob");
}

TEST_F(Dispatching, TheQueueIsBoundedAndKeysAreKept) {
  file_.queue_limit = 2;
  Open();  // nothing runs
  const std::string id = Submit("a", "qemu-m7");
  Submit("b", "qemu-m7");
  const auto full = dispatcher_->Submit(Request("c", "qemu-m7"));
  EXPECT_EQ(full.http_status, 429);
  EXPECT_EQ(full.error.code, "queue_full");
  const auto same = dispatcher_->Submit(Request("a", "qemu-m7"));
  EXPECT_EQ(same.http_status, 200);
  EXPECT_EQ(same.value.id, id);
  EXPECT_EQ(dispatcher_->Submit(Request("a", "qemu-m4")).http_status, 409);
  EXPECT_EQ(Board("m7-a").queued, 2);
}

TEST_F(Dispatching, CandidateFailuresEndTheJobAndNeverMarkTheBoard) {
  dispatcher_->Start();
  for (int i = 0; i < 6; ++i) {
    const JobStatus job = WaitFinal(Submit("k" + std::to_string(i), "m4-a", "fault=hard_fault"));
    EXPECT_EQ(job.state, JobState::kFailed);
    EXPECT_TRUE(BlamesCandidate(job.failure->kind));
    EXPECT_EQ(job.failure->kind, FailureKind::kHardFault);
    EXPECT_EQ(job.attempt, 1);
  }
  EXPECT_TRUE(WaitBoard("m4-a", "idle"));
  EXPECT_EQ(Board("m4-a").infra_failures, 0);
  EXPECT_EQ(Board("m4-a").jobs_done, 6);
}

TEST_F(Dispatching, InfrastructureFailuresAreRetriedWithFreshNonces) {
  bench_.PushFailure("m4-a", {FailureKind::kFlashFailed, "x"});
  bench_.PushFailure("m4-a", {FailureKind::kStaleResult, "y"});
  dispatcher_->Start();
  const JobStatus job = WaitFinal(Submit("a", "qemu-m4"));
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.attempt, 3);
  const std::set<uint32_t> nonces(bench_.nonces["m4-a"].begin(), bench_.nonces["m4-a"].end());
  EXPECT_EQ(nonces.size(), 3u);
  EXPECT_EQ(job.result->nonce, bench_.nonces["m4-a"].back());
  const std::string log = dispatcher_->Log(job.id, 0).value;
  EXPECT_THAT(log, HasSubstr("attempt 1 on m4-a: infrastructure failure flash_failed"));
  EXPECT_THAT(log, HasSubstr("attempt 3 on m4-a: done"));
}

TEST_F(Dispatching, AnotherBoardOfTheClassTakesOver) {
  file_.first_wait_s = 30;  // the bad board stays out for this test
  Open();
  dispatcher_->Start();
  ASSERT_TRUE(WaitUntil([&] { return dispatcher_->Ready(); }));
  bench_.PushFailure("m7-a", {FailureKind::kFlashFailed, "x"});
  bench_.PushFailure("m7-b", {FailureKind::kFlashFailed, "x"});
  bench_.failures["m7-b"].clear();
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(Submit("k" + std::to_string(i), "qemu-m7"));
  for (const std::string& id : ids) EXPECT_EQ(WaitFinal(id).state, JobState::kDone);
}

TEST_F(Dispatching, AJobThatOnlyMeetsTroubleFailsAsInfrastructure) {
  for (int i = 0; i < 50; ++i) bench_.PushFailure("m4-a", {FailureKind::kVerifyFailed, "again"});
  dispatcher_->Start();
  const JobStatus job = WaitFinal(Submit("a", "qemu-m4"));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_FALSE(BlamesCandidate(job.failure->kind));
  EXPECT_EQ(job.failure->kind, FailureKind::kVerifyFailed);
  EXPECT_EQ(job.attempt, 5);
}

TEST_F(Dispatching, QuarantineAndRecovery) {
  file_.first_wait_s = 0.05;
  Open();
  for (int i = 0; i < 3; ++i) bench_.PushFailure("m4-a", {FailureKind::kFlashFailed, "x"});
  dispatcher_->Start();
  const std::string id = Submit("a", "qemu-m4");
  ASSERT_TRUE(WaitBoard("m4-a", "quarantined"));
  EXPECT_THAT(Board("m4-a").reason, HasSubstr("flash_failed"));
  EXPECT_EQ(WaitFinal(id).state, JobState::kDone) << "released after the wait, then it works";
  EXPECT_TRUE(WaitBoard("m4-a", "idle"));
  EXPECT_EQ(Board("m4-a").reason, "");
}

TEST_F(Dispatching, ACanaryGuardsTheWayBack) {
  file_.boards[2].canary = (folder_.path() / "canary.elf").string();
  std::ofstream(file_.boards[2].canary) << FakeImage();
  Open();
  for (int i = 0; i < 4; ++i) bench_.PushFailure("m4-a", {FailureKind::kFlashFailed, "x"});
  dispatcher_->Start();
  const JobStatus job = WaitFinal(Submit("a", "qemu-m4"));
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(job.attempt, 2) << "the canary, not the job, met the other three failures";
  EXPECT_EQ(bench_.Runs("m4-a"), 6u);
}

TEST_F(Dispatching, JobsOfAMissingBoardWaitAndAreNotBlamed) {
  bench_.SetAbsent("m4-a", "unplugged");
  dispatcher_->Start();
  ASSERT_TRUE(WaitBoard("m4-a", "missing"));
  EXPECT_EQ(Board("m4-a").reason, "unplugged");
  const std::string id = Submit("a", "qemu-m4");
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(Status(id).state, JobState::kQueued);
  bench_.SetAbsent("m4-a", "");
  EXPECT_EQ(WaitFinal(id).state, JobState::kDone);
  EXPECT_EQ(Status(id).attempt, 1);
}

TEST_F(Dispatching, UnpluggingInMidRunAnyNumberOfTimesOnlyDelays) {
  bench_.slow = milliseconds(20);
  dispatcher_->Start();
  const std::string id = Submit("a", "qemu-m4");
  for (int i = 0; i < 8; ++i) {  // more often than a job may meet real trouble
    const size_t runs = bench_.Runs("m4-a");
    ASSERT_TRUE(WaitUntil([&] { return bench_.Runs("m4-a") > runs || i == 0; }));
    bench_.SetAbsent("m4-a", "unplugged");
    ASSERT_TRUE(WaitBoard("m4-a", "missing"));
    bench_.SetAbsent("m4-a", "");
  }
  EXPECT_EQ(WaitFinal(id).state, JobState::kDone);
}

TEST_F(Dispatching, ABadImageIsGivenUpAtOnceAndMarksNoBoard) {
  bench_.PushFailure("m4-a", {FailureKind::kBadImage, "no symbol mcu_result"});
  dispatcher_->Start();
  const JobStatus job = WaitFinal(Submit("a", "qemu-m4"));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.failure->kind, FailureKind::kBadImage);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_TRUE(WaitBoard("m4-a", "idle"));
}

TEST_F(Dispatching, CancelsQueuedAndRunningJobs) {
  dispatcher_->Start();
  const std::string running = Submit("a", "qemu-m4", "slow=60000");
  const std::string queued = Submit("b", "qemu-m4");
  ASSERT_TRUE(WaitUntil([&] { return Status(running).state == JobState::kRunning; }));
  EXPECT_EQ(dispatcher_->Cancel(queued).value.state, JobState::kCancelled);
  EXPECT_EQ(dispatcher_->Cancel(running).http_status, 202);
  EXPECT_EQ(WaitFinal(running).state, JobState::kCancelled);
  EXPECT_EQ(dispatcher_->Cancel(running).http_status, 200) << "again is fine";
  EXPECT_EQ(dispatcher_->Cancel("nobody").http_status, 404);
  EXPECT_EQ(WaitFinal(Submit("c", "qemu-m4")).state, JobState::kDone) << "the board is free";
  EXPECT_EQ(Status(queued).attempt, 0);
}

TEST_F(Dispatching, QueuedJobsExpire) {
  bench_.SetAbsent("m4-a", "unplugged");
  dispatcher_->Start();
  JobRequest request = Request("a", "qemu-m4");
  request.expires_s = 0.05;
  const std::string id = dispatcher_->Submit(request).value.id;
  EXPECT_EQ(WaitFinal(id).state, JobState::kExpired);
}

TEST_F(Dispatching, DrainedBoardsFinishAndWaitForResume) {
  dispatcher_->Start();
  const std::string running = Submit("a", "qemu-m4", "slow=50");
  ASSERT_TRUE(WaitUntil([&] { return Status(running).state == JobState::kRunning; }));
  EXPECT_EQ(dispatcher_->Drain("m4-a").http_status, 200);
  EXPECT_EQ(WaitFinal(running).state, JobState::kDone);
  ASSERT_TRUE(WaitBoard("m4-a", "draining"));
  const std::string waiting = Submit("b", "qemu-m4");
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_EQ(Status(waiting).state, JobState::kQueued);
  EXPECT_EQ(dispatcher_->Resume("m4-a").http_status, 200);
  EXPECT_EQ(WaitFinal(waiting).state, JobState::kDone);
  EXPECT_EQ(dispatcher_->Drain("m4-ab").http_status, 404);
  EXPECT_THAT(dispatcher_->Drain("m4-ab").error.message, HasSubstr("did you mean 'm4-a'"));
}

TEST_F(Dispatching, StoppingRequeuesWithoutBlameAndTheNextStartGoesOn) {
  dispatcher_->Start();
  const std::string id = Submit("a", "qemu-m4", "slow=300");
  ASSERT_TRUE(WaitUntil([&] { return Status(id).state == JobState::kRunning; }));
  dispatcher_->Stop();
  EXPECT_EQ(Status(id).state, JobState::kQueued);
  EXPECT_EQ(store_->Find(id).value()->infra_failures, 0);
  Open();
  dispatcher_->Start();
  EXPECT_EQ(WaitFinal(id).state, JobState::kDone);
  EXPECT_EQ(Status(id).attempt, 2);
}

TEST_F(Dispatching, WatchesFireOnceWhenAJobEnds) {
  dispatcher_->Start();
  std::atomic<int> calls{0};
  const std::string id = Submit("a", "qemu-m4", "slow=50");
  dispatcher_->Watch({"other", id}, [&] { ++calls; });
  const uint64_t silent = dispatcher_->Watch({id}, [&] { calls += 100; });
  dispatcher_->Unwatch(silent);
  WaitFinal(id);
  ASSERT_TRUE(WaitUntil([&] { return calls.load() == 1; }));
  dispatcher_->Watch({"never"}, [&] { ++calls; });
  dispatcher_->Stop();
  EXPECT_EQ(calls.load(), 2) << "stopping wakes everybody";
}

}  // namespace
}  // namespace mcunas
