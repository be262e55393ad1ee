#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "board_agent/protocol/checksum.h"
#include "board_agent/server/blob_store.h"
#include "board_agent/server/job_result.h"
#include "board_agent/server/job_store.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

JobRequest Request(const std::string& key) {
  JobRequest request;
  request.idempotency_key = key;
  request.blob = std::string(64, 'b');
  request.board = "qemu-m7";
  request.network_hash = kFakeHash;
  return request;
}

JobResult Result(uint32_t nonce) {
  JobResult result;
  result.unit = "cycles";
  result.ticks = {nonce};
  result.nonce = nonce;
  return result;
}

class Stores : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    store_.reset();
    auto store = JobStore::Open(folder_.path() / "jobs.db");
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
  }
  std::string Accept(const std::string& key) {
    auto accepted = store_->Accept(Request(key), 100);
    EXPECT_TRUE(accepted.ok());
    EXPECT_EQ(accepted->outcome, AcceptOutcome::kCreated);
    return accepted->status.id;
  }
  JobRecord Find(const std::string& id) {
    auto found = store_->Find(id);
    EXPECT_TRUE(found.ok() && found->has_value());
    return **found;
  }
  TemporaryFolder folder_;
  std::unique_ptr<JobStore> store_;
};

TEST_F(Stores, AcceptedJobsSurviveReopening) {
  const std::string id = Accept("k1");
  Reopen();
  const JobRecord job = Find(id);
  EXPECT_EQ(job.request, Request("k1"));
  EXPECT_EQ(job.status.state, JobState::kQueued);
  EXPECT_EQ(store_->Queued()->size(), 1u);
}

TEST_F(Stores, TheSameKeyIsTheSameJob) {
  const std::string id = Accept("k1");
  const auto same = store_->Accept(Request("k1"), 100);
  EXPECT_EQ(same->outcome, AcceptOutcome::kSame);
  EXPECT_EQ(same->status.id, id);
  JobRequest other = Request("k1");
  other.repetitions = 21;
  EXPECT_EQ(store_->Accept(other, 100)->outcome, AcceptOutcome::kConflict);
  EXPECT_EQ(store_->Queued()->size(), 1u);
}

TEST_F(Stores, TheQueueIsBounded) {
  Accept("k1");
  const std::string second = Accept("k2");
  EXPECT_EQ(store_->Accept(Request("k3"), 2)->outcome, AcceptOutcome::kFull);
  EXPECT_EQ(store_->Accept(Request("k2"), 2)->outcome, AcceptOutcome::kSame) << "known keys pass";
  EXPECT_TRUE(*store_->Lease(second, "m7-a", 5));
  EXPECT_EQ(store_->Accept(Request("k3"), 2)->outcome, AcceptOutcome::kCreated);
}

TEST_F(Stores, ResultsAreWrittenOnceAndOnlyByTheirLease) {
  const std::string id = Accept("k1");
  EXPECT_FALSE(*store_->CompleteDone(id, 0, Result(0))) << "nobody leased it";
  ASSERT_TRUE(*store_->Lease(id, "m7-a", 7));
  EXPECT_FALSE(*store_->Lease(id, "m7-b", 8)) << "leased already";
  EXPECT_FALSE(*store_->CompleteDone(id, 6, Result(6))) << "a late result of another attempt";
  EXPECT_TRUE(*store_->Advance(id, 7, JobState::kRunning));
  EXPECT_TRUE(*store_->CompleteDone(id, 7, Result(7)));
  EXPECT_FALSE(*store_->CompleteDone(id, 7, Result(8))) << "a second result";
  EXPECT_FALSE(*store_->CompleteFailed(id, 7, {FailureKind::kHardFault, ""}));
  EXPECT_FALSE(*store_->Requeue(id, 7, {}, true));
  EXPECT_FALSE(*store_->CancelQueued(id));
  const JobRecord job = Find(id);
  EXPECT_EQ(job.status.state, JobState::kDone);
  EXPECT_EQ(*job.status.result, Result(7));
  EXPECT_FALSE(job.status.failure.has_value());
  EXPECT_GT(job.status.finished, 0);
}

TEST_F(Stores, RequeuedJobsCountTheirFailures) {
  const std::string id = Accept("k1");
  ASSERT_TRUE(*store_->Lease(id, "m7-a", 1));
  EXPECT_TRUE(*store_->Requeue(id, 1, {FailureKind::kFlashFailed, "x"}, true));
  ASSERT_TRUE(*store_->Lease(id, "m7-a", 2));
  EXPECT_TRUE(*store_->Requeue(id, 2, {FailureKind::kProbeMissing, "y"}, false));
  const JobRecord job = Find(id);
  EXPECT_EQ(job.infra_failures, 1);
  EXPECT_EQ(job.status.attempt, 2);
  EXPECT_EQ(job.status.failure->kind, FailureKind::kProbeMissing);
  EXPECT_FALSE(*store_->CompleteDone(id, 2, Result(2))) << "the lease is over";
}

TEST_F(Stores, ARestartRequeuesWhatWasRunningUpToTheBound) {
  const std::string running = Accept("k1");
  const std::string waiting = Accept("k2");
  for (int restart = 1; restart <= 3; ++restart) {
    ASSERT_TRUE(*store_->Lease(running, "m7-a", static_cast<uint32_t>(restart)));
    Reopen();
    EXPECT_EQ(*store_->RecoverActive(3), 1);
    const JobRecord job = Find(running);
    EXPECT_EQ(job.restarts, restart);
    EXPECT_EQ(job.status.state, restart < 3 ? JobState::kQueued : JobState::kFailed);
    EXPECT_EQ(job.status.failure->kind, FailureKind::kAgentRestarted);
    EXPECT_FALSE(*store_->CompleteDone(running, static_cast<uint32_t>(restart), Result(1)));
  }
  EXPECT_EQ(Find(waiting).status.state, JobState::kQueued);
  EXPECT_EQ(*store_->RecoverActive(3), 0);
}

TEST_F(Stores, OldFinishedJobsAreForgottenOthersAreNot) {
  const std::string done = Accept("k1");
  const std::string waiting = Accept("k2");
  ASSERT_TRUE(*store_->CancelQueued(done));
  EXPECT_TRUE(store_->ForgetFinishedBefore(UnixTime() - 60)->empty());
  EXPECT_EQ(*store_->ForgetFinishedBefore(UnixTime() + 60), std::vector<std::string>{done});
  EXPECT_FALSE(store_->Find(done)->has_value());
  EXPECT_TRUE(store_->Find(waiting)->has_value());
}

TEST_F(Stores, AForeignFileIsRefusedInOneSentence) {
  const auto garbage = folder_.path() / "garbage.db";
  std::ofstream(garbage) << std::string(5000, 'x');
  const auto opened = JobStore::Open(garbage);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("garbage.db"));

  auto raw = SqliteDatabase::Open((folder_.path() / "future.db").string(), {});
  ASSERT_TRUE((*raw)->Execute("PRAGMA user_version=99; CREATE TABLE t(a);").ok());
  const auto future = JobStore::Open(folder_.path() / "future.db");
  ASSERT_FALSE(future.ok());
  EXPECT_EQ(future.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(future.error().message, HasSubstr("version 99"));
}

class Blobs : public ::testing::Test {
 protected:
  size_t FilesIn(const std::filesystem::path& folder) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
  }
  TemporaryFolder folder_;
};

TEST_F(Blobs, OnlyTheRightBytesAreStored) {
  auto store = BlobStore::Open(folder_.path());
  ASSERT_TRUE(store.ok());
  const std::string name = Sha256Hex("firmware");
  {
    auto upload = store->Begin(name);
    ASSERT_TRUE(upload->Add("firm").ok() && upload->Add("WARE").ok());
    EXPECT_EQ(upload->Commit().error().code, ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(store->Has(name));
  EXPECT_EQ(FilesIn(folder_.path()), 0u) << "nothing is left behind";
  auto upload = store->Begin(name);
  ASSERT_TRUE(upload->Add("firm").ok() && upload->Add("ware").ok());
  EXPECT_TRUE(upload->Commit().ok());
  EXPECT_TRUE(store->Has(name));
  EXPECT_FALSE(store->Has("../" + name.substr(3)));
}

TEST_F(Blobs, HalfUploadsOfACrashAreRemovedAtStart) {
  std::ofstream(folder_.path() / (std::string(64, 'a') + ".1.upload")) << "half";
  ASSERT_TRUE(BlobStore::Open(folder_.path()).ok());
  EXPECT_EQ(FilesIn(folder_.path()), 0u);
}

TEST_F(Blobs, SweepingKeepsWhatJobsName) {
  auto store = BlobStore::Open(folder_.path());
  for (const char* text : {"one", "two"}) {
    auto upload = store->Begin(Sha256Hex(text));
    ASSERT_TRUE(upload->Add(text).ok() && upload->Commit().ok());
  }
  EXPECT_EQ(store->Sweep({Sha256Hex("one")}, 3600), 0) << "too young";
  EXPECT_EQ(store->Sweep({Sha256Hex("one")}, 0), 1);
  EXPECT_TRUE(store->Has(Sha256Hex("one")));
  EXPECT_FALSE(store->Has(Sha256Hex("two")));
}

TEST(JobResults, AJobExpectsWhatItsRequestNames) {
  JobRequest request = Request("k");
  request.kind = JobKind::kProfile;
  request.golden_crc32 = kFakeCrc;
  const BlockExpectation expected = ExpectationOf(request, 77);
  EXPECT_EQ(expected.nonce, 77u);
  EXPECT_EQ(expected.network->Hex(), request.network_hash);
  EXPECT_EQ(expected.output_crc32, kFakeCrc);
  EXPECT_EQ(expected.repetitions, request.repetitions);
  EXPECT_TRUE(expected.profile);
}

TEST(JobResults, ABlockBecomesAResult) {
  const JobResult result = JobResultOf(FakeBlock(77), Request("k"), FakeBoard("m7-a", "qemu-m7"));
  EXPECT_EQ(result.board, "m7-a");
  EXPECT_TRUE(result.is_virtual);
  EXPECT_EQ(result.unit, "instructions");
  EXPECT_EQ(result.ticks.size(), 20u);
  EXPECT_EQ(result.ticks[19], 1019);
  EXPECT_EQ(result.operator_ticks, (std::vector<int64_t>{400, 600}));
  EXPECT_EQ(result.network_hash, kFakeHash);
  EXPECT_EQ(result.nonce, 77u);
}

}  // namespace
}  // namespace mcunas
