#include "nas/records/study_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "tests/unit/common/full_disk.h"

namespace mcunas {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class StudyDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("study_" + std::to_string(getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "study.db").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<StudyDatabase> Open() {
    auto study = StudyDatabase::Open(path_);
    EXPECT_TRUE(study.ok()) << study.error().message;
    return std::move(study).value();
  }
  Error OpenError() {
    auto study = StudyDatabase::Open(path_);
    if (study.ok()) return {ErrorCode::kUsage, "opened"};
    return study.error();
  }
  // As another program would write it.
  void Sql(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_close(db);
  }

  std::filesystem::path folder_;
  std::string path_;
};

CandidateRecord SomeCandidate(int64_t index) {
  CandidateRecord c;
  c.index = index;
  c.round = 2;
  c.hash = HashBytes("network " + std::to_string(index));
  c.architecture = {24, 0.35, {{{3, 4}, {7, 6}}, {{5, 1}}}};
  c.metrics["accuracy"] = {1.0 / 3, "ratio", Source::kMeasured};
  c.metrics["latency_ms"] = {12.5, "ms", Source::kEmulated};
  c.failure = FailureClass::kInfrastructure;
  c.failure_reason = "probe_missing: 'unplugged' \xc2\xb5";
  c.violation = 0.25;
  c.ticks = {100, 101, 99};
  c.operator_ticks = {40, 60};
  c.seconds = 1.5;
  return c;
}

void ExpectEqual(const CandidateRecord& a, const CandidateRecord& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.round, b.round);
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.architecture, b.architecture);
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.failure, b.failure);
  EXPECT_EQ(a.failure_reason, b.failure_reason);
  EXPECT_EQ(a.violation, b.violation);
  EXPECT_EQ(a.ticks, b.ticks);
  EXPECT_EQ(a.operator_ticks, b.operator_ticks);
  EXPECT_EQ(a.seconds, b.seconds);
}

TEST_F(StudyDatabaseTest, KeepsCandidatesAcrossProcesses) {
  const std::vector<CandidateRecord> saved = {SomeCandidate(0), SomeCandidate(1)};
  ASSERT_TRUE(Open()->SaveCandidates(saved).ok());
  const auto read = Open()->Candidates();
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  ExpectEqual((*read)[0], saved[0]);
  ExpectEqual((*read)[1], saved[1]);
}

TEST_F(StudyDatabaseTest, SavingAgainReplaces) {
  auto study = Open();
  CandidateRecord candidate = SomeCandidate(0);
  ASSERT_TRUE(study->SaveCandidates(std::span(&candidate, 1)).ok());
  candidate.metrics.erase("latency_ms");
  candidate.metrics["accuracy"].value = 0.9;
  candidate.failure = FailureClass::kNone;
  ASSERT_TRUE(study->SaveCandidates(std::span(&candidate, 1)).ok());
  const auto read = study->Candidates();
  ASSERT_EQ(read->size(), 1u);
  ExpectEqual((*read)[0], candidate);
}

TEST_F(StudyDatabaseTest, RecallsEvaluations) {
  EvaluationResult result;
  result.metrics["accuracy"] = {0.1 + 0.2, "ratio", Source::kMeasured};
  result.failure = FailureClass::kCandidate;
  result.failure_reason = "hard_fault";
  result.ticks = {5};
  result.operator_ticks = {2, 3};
  result.seconds = 4;
  const Hash128 hash = HashBytes("a");
  const std::pair<Hash128, EvaluationResult> batch[] = {{hash, result}};
  ASSERT_TRUE(Open()->Remember("finalist/3", batch).ok());
  auto study = Open();
  const auto known = study->Recall("finalist/3", hash);
  ASSERT_TRUE(known.ok() && known->has_value());
  EXPECT_EQ((*known)->metrics, result.metrics) << "to the last bit";
  EXPECT_EQ((*known)->failure, FailureClass::kCandidate);
  EXPECT_EQ((*known)->failure_reason, "hard_fault");
  EXPECT_EQ((*known)->ticks, result.ticks);
  EXPECT_EQ((*known)->operator_ticks, result.operator_ticks);
  EXPECT_EQ((*known)->seconds, 4);
  EXPECT_FALSE(study->Recall("finalist/4", hash)->has_value());
  EXPECT_FALSE(study->Recall("finalist/3", HashBytes("b"))->has_value());
}

TEST_F(StudyDatabaseTest, KeepsRoundsWithNumbersThatDoNotExist) {
  auto study = Open();
  RoundRecord round{3, 40, 30, 10, 0, 0.7, 0.5, kNaN, kNaN, "{}"};
  ASSERT_TRUE(study->SaveRound(round).ok());
  const auto rounds = study->Rounds();
  ASSERT_EQ(rounds->size(), 1u);
  EXPECT_EQ((*rounds)[0].round, 3);
  EXPECT_EQ((*rounds)[0].asked, 40);
  EXPECT_EQ((*rounds)[0].infeasible, 10);
  EXPECT_EQ((*rounds)[0].hypervolume, 0.5);
  EXPECT_TRUE(std::isnan((*rounds)[0].latency_error));
  EXPECT_EQ((*rounds)[0].predictor_json, "{}");
}

TEST_F(StudyDatabaseTest, KeepsMeasurements) {
  Measurement m;
  m.board = "qemu-m7";
  m.source = Source::kEmulated;
  m.unit = "instructions";
  m.ticks = {7, 8};
  m.operator_ticks = {3, 4};
  m.profiled_ticks = 9;
  m.clock_hz = 216'000'000;
  m.stack_peak_bytes = 600;
  m.arena_peak_bytes = 7000;
  m.output_crc32 = 0xffffffff;
  m.warmup = 2;
  m.tool = "qemu-system-arm";
  ASSERT_TRUE(Open()->SaveMeasurement(HashBytes("n"), m).ok());
  const auto all = Open()->Measurements();
  ASSERT_TRUE(all.ok()) << all.error().message;
  ASSERT_EQ(all->size(), 1u);
  const Measurement& back = (*all)[0].measurement;
  EXPECT_EQ((*all)[0].hash, HashBytes("n"));
  EXPECT_EQ(back.board, m.board);
  EXPECT_EQ(back.source, m.source);
  EXPECT_EQ(back.ticks, m.ticks);
  EXPECT_EQ(back.operator_ticks, m.operator_ticks);
  EXPECT_EQ(back.profiled_ticks, m.profiled_ticks);
  EXPECT_EQ(back.clock_hz, m.clock_hz);
  EXPECT_EQ(back.stack_peak_bytes, m.stack_peak_bytes);
  EXPECT_EQ(back.arena_peak_bytes, m.arena_peak_bytes);
  EXPECT_EQ(back.output_crc32, m.output_crc32);
  EXPECT_EQ(back.warmup, m.warmup);
  EXPECT_EQ(back.tool, m.tool);
}

TEST_F(StudyDatabaseTest, HistoryHoldsEverythingButTime) {
  auto study = Open();
  CandidateRecord candidate = SomeCandidate(0);
  ASSERT_TRUE(study->SaveCandidates(std::span(&candidate, 1)).ok());
  ASSERT_TRUE(study->RecordDecision("wall/0", "continue 12.5").ok());
  const std::string history = *study->DumpHistory();
  candidate.seconds = 99;
  ASSERT_TRUE(study->SaveCandidates(std::span(&candidate, 1)).ok());
  ASSERT_TRUE(study->RecordDecision("wall/0", "continue 44.1").ok());
  EXPECT_EQ(*study->DumpHistory(), history);
  for (auto change : {+[](CandidateRecord* c) { c->metrics["accuracy"].value += 1e-16; },
                      +[](CandidateRecord* c) { c->ticks[0] += 1; },
                      +[](CandidateRecord* c) { c->failure_reason += "!"; },
                      +[](CandidateRecord* c) { c->architecture.stages[0][0].kernel = 5; }}) {
    CandidateRecord other = candidate;
    change(&other);
    ASSERT_TRUE(study->SaveCandidates(std::span(&other, 1)).ok());
    EXPECT_NE(*study->DumpHistory(), history);
  }
}

TEST_F(StudyDatabaseTest, NamesBothVersions) {
  Open();
  Sql("UPDATE meta SET value = '7' WHERE key = 'schema_version'");
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_NE(error.message.find("version 7"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("version 1"), std::string::npos) << error.message;
}

TEST_F(StudyDatabaseTest, RefusesOtherFiles) {
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_EQ(OpenError().code, ErrorCode::kCorrupt);
  std::filesystem::remove(path_);
  Sql("CREATE TABLE recipes (name TEXT)");
  EXPECT_EQ(OpenError().code, ErrorCode::kCorrupt);
  EXPECT_NE(OpenError().message.find("not a study"), std::string::npos);
}

TEST_F(StudyDatabaseTest, DamageInsideIsReported) {
  CandidateRecord candidate = SomeCandidate(0);
  ASSERT_TRUE(Open()->SaveCandidates(std::span(&candidate, 1)).ok());
  Sql("UPDATE candidates SET architecture = '{'");
  const auto read = Open()->Candidates();
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(read.error().message.find(path_), std::string::npos);
}

TEST_F(StudyDatabaseTest, OpenExistingDoesNotCreate) {
  const auto missing = StudyDatabase::OpenExisting(path_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(StudyDatabaseTest, AFullDiskLosesNothing) {
  fake::FullDisk disk;
  auto study = Open();
  const std::vector<CandidateRecord> before = {SomeCandidate(0), SomeCandidate(1)};
  ASSERT_TRUE(study->SaveCandidates(before).ok());
  disk.set_full(true);
  const CandidateRecord more[] = {SomeCandidate(2)};
  const auto refused = study->SaveCandidates(more);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_NE(refused.error().message.find("no space left"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(study->Candidates()->size(), 2u);
  disk.set_full(false);
  EXPECT_TRUE(study->SaveCandidates(more).ok()) << "space again: work again";
  study.reset();
  const auto kept = Open()->Candidates();
  ASSERT_TRUE(kept.ok());
  ASSERT_EQ(kept->size(), 3u);
  ExpectEqual((*kept)[0], before[0]);
  ExpectEqual((*kept)[2], more[0]);
}

}  // namespace
}  // namespace mcunas
