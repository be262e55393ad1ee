// What only a file can do to a study; what every backend must do stands in study_suite_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "common/file.h"
#include "common/sqlite.h"
#include "nas/records/open_study.h"
#include "tests/unit/common/full_disk.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/records/sample_records.h"

namespace mcunas {
namespace {

using ::testing::HasSubstr;

class SqliteStudyTest : public ::testing::Test {
 protected:
  std::unique_ptr<Study> Open() {
    auto study = OpenStudy(SqliteUrl(path_));
    EXPECT_TRUE(study.ok()) << study.error().message;
    return std::move(study).value();
  }
  Error OpenError() {
    auto study = OpenStudy(SqliteUrl(path_));
    if (study.ok()) return {ErrorCode::kUsage, "opened"};
    return study.error();
  }
  // As another program would write it.
  void Sql(const std::string& sql) {
    auto database = SqliteDatabase::Open(path_, {});
    ASSERT_TRUE(database.ok());
    EXPECT_TRUE((*database)->Execute(sql).ok()) << sql;
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  fake::TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "study.db").string();
};

TEST_F(SqliteStudyTest, NamesBothVersions) {
  Open();
  Sql("UPDATE meta SET value = '7' WHERE key = 'schema_version'");
  const Error error = OpenError();
  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("version 7"));
  EXPECT_THAT(error.message, HasSubstr("version 2"));
  EXPECT_EQ(OpenStudyReader(SqliteUrl(path_)).error().code, ErrorCode::kUnsupported);
}

TEST_F(SqliteStudyTest, RefusesOtherFiles) {
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_EQ(OpenError().code, ErrorCode::kCorrupt);
  EXPECT_THAT(OpenError().message, HasSubstr(path_ + " is no study"));
  std::filesystem::remove(path_);
  Sql("CREATE TABLE recipes (name TEXT)");
  EXPECT_EQ(OpenError().code, ErrorCode::kCorrupt);
  EXPECT_THAT(OpenError().message, HasSubstr("not a study"));
}

TEST_F(SqliteStudyTest, DamageInsideIsReported) {
  const CandidateRecord candidate[] = {SomeCandidate(0)};
  const std::pair<Hash128, EvaluationResult> result[] = {{HashBytes("a"), SomeResult()}};
  ASSERT_TRUE(Open()->SaveCandidates(candidate).ok());
  ASSERT_TRUE(Open()->Remember("final", result).ok());
  ASSERT_TRUE(Open()->SaveMeasurement(HashBytes("a"), SomeMeasurement()).ok());
  Sql("UPDATE evaluations SET result = '{\"metrics\": 5}'");
  Sql("UPDATE measurements SET hash = 'x'");
  const char* kDamages[] = {"architecture = '{'", "hash = 'x'", "failure = 'bored'",
                            "boards = 'many'", "boards = '{\"a\": 5}'"};
  for (const std::string damage : kDamages) {
    ASSERT_TRUE(Open()->SaveCandidates(candidate).ok());
    Sql("UPDATE candidates SET " + damage);
    const auto read = Open()->Candidates();
    ASSERT_FALSE(read.ok()) << damage;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt) << damage;
    EXPECT_THAT(read.error().message, HasSubstr(path_));
  }
  EXPECT_EQ(Open()->Recall("final", HashBytes("a")).error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(Open()->Remember("final", result).ok());
  EXPECT_TRUE(Open()->Recall("final", HashBytes("a")).ok());
  Sql("UPDATE evaluations SET result = json_set(result, '$.outcomes', '01x')");
  EXPECT_EQ(Open()->Recall("final", HashBytes("a")).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(Open()->Measurements().error().code, ErrorCode::kCorrupt);
  Sql("DROP TABLE rounds");
  EXPECT_EQ(Open()->Rounds().error().code, ErrorCode::kCorrupt);
}

TEST_F(SqliteStudyTest, LookingNeedsAStudy) {
  const auto missing = OpenStudyReader(SqliteUrl(path_));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(Files().empty());
}

TEST_F(SqliteStudyTest, OneLooksWhileAnotherWrites) {
  auto writer = Open();
  ASSERT_TRUE(writer->RecordDecision("a", "1").ok());
  auto reader = OpenStudyReader(SqliteUrl(path_));
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_EQ((*reader)->Decisions()->size(), 1u);
  ASSERT_TRUE(writer->RecordDecision("b", "2").ok());
  EXPECT_EQ((*reader)->Decisions()->size(), 2u);
}

TEST_F(SqliteStudyTest, LookingAtAFinishedStudyLeavesItAsItWas) {
  ASSERT_TRUE(Open()->RecordDecision("a", "1").ok());
  ASSERT_EQ(Files(), std::vector<std::string>{"study.db"});
  EXPECT_EQ((*OpenStudyReader(SqliteUrl(path_)))->Decisions()->size(), 1u);
  EXPECT_EQ(Files(), std::vector<std::string>{"study.db"});
}

TEST_F(SqliteStudyTest, AFullDiskLosesNothing) {
  fake::FullDisk disk;
  auto study = Open();
  const std::vector<CandidateRecord> before = {SomeCandidate(0), SomeCandidate(1)};
  ASSERT_TRUE(study->SaveCandidates(before).ok());
  disk.set_full(true);
  const CandidateRecord more[] = {SomeCandidate(2)};
  const auto refused = study->SaveCandidates(more);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_THAT(refused.error().message, HasSubstr("no space left"));
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

// A file as the first version wrote it.
constexpr const char* kVersion1 =
    R"(CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE candidates (id INTEGER PRIMARY KEY, round INTEGER NOT NULL, hash TEXT NOT NULL,
      architecture TEXT NOT NULL, failure TEXT NOT NULL, failure_reason TEXT NOT NULL,
      violation REAL NOT NULL, ticks TEXT NOT NULL, operator_ticks TEXT NOT NULL,
      seconds REAL NOT NULL);
    CREATE TABLE metrics (candidate INTEGER NOT NULL REFERENCES candidates(id), name TEXT NOT NULL,
      value REAL, unit TEXT NOT NULL, source TEXT NOT NULL,
      PRIMARY KEY (candidate, name)) WITHOUT ROWID;
    CREATE TABLE evaluations (kind TEXT NOT NULL, hash TEXT NOT NULL, result TEXT NOT NULL,
      seconds REAL NOT NULL, PRIMARY KEY (kind, hash)) WITHOUT ROWID;
    CREATE TABLE rounds (round INTEGER PRIMARY KEY, asked INTEGER NOT NULL,
      evaluated INTEGER NOT NULL, infeasible INTEGER NOT NULL, measured INTEGER NOT NULL,
      best_accuracy REAL, hypervolume REAL, latency_error REAL, latency_tau REAL,
      predictor TEXT NOT NULL);
    CREATE TABLE decisions (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('schema_version', '1');
    INSERT INTO candidates VALUES (0, 1, '0123456789abcdef0011223344556677',
      '{"resolution":24,"width":0.5,"stages":[[{"kernel":3,"expansion":4}]]}', 'candidate',
      'hard_fault', 0.25, '[100,101]', '[40,60]', 1.5);
    INSERT INTO metrics VALUES (0, 'accuracy', 0.5, 'ratio', 'measured');
    INSERT INTO evaluations VALUES ('finalist/0', '0123456789abcdef0011223344556677',
      '{"failure":"none","failure_reason":"","metrics":{"ticks":{"value":7.0,"unit":"cycles",
      "source":"measured"}},"ticks":[7],"operator_ticks":[]}', 2.5);
    INSERT INTO rounds VALUES (0, 1, 1, 0, 0, 0.5, 0.25, NULL, NULL, '');
    INSERT INTO decisions VALUES ('search', 'abc');)";

void ExpectVersion1(StudyReader& study) {
  const auto candidates = study.Candidates();
  ASSERT_TRUE(candidates.ok()) << candidates.error().message;
  ASSERT_EQ(candidates->size(), 1u);
  EXPECT_EQ(candidates->front().failure, FailureClass::kCandidate);
  EXPECT_EQ(candidates->front().metrics.at("accuracy").value, 0.5);
  const BoardResult* board = HeadlineResult(candidates->front());
  ASSERT_NE(board, nullptr) << "a board without a name";
  EXPECT_EQ(board->ticks, (std::vector<int64_t>{100, 101}));
  EXPECT_EQ(board->operator_ticks, (std::vector<int64_t>{40, 60}));
  const auto result = study.Recall("finalist/0", candidates->front().hash);
  ASSERT_TRUE(result.ok() && result->has_value());
  EXPECT_EQ((*result)->metrics.at("ticks").value, 7);
  EXPECT_EQ((*result)->boards.at("").ticks, std::vector<int64_t>{7});
  EXPECT_EQ(study.Rounds()->size(), 1u);
  EXPECT_EQ(**study.RecallDecision("search"), "abc");
}

TEST_F(SqliteStudyTest, OldFilesOpen) {
  Sql(kVersion1);
  ExpectVersion1(*Open());
  EXPECT_EQ(Open()->Candidates()->size(), 1u) << "brought to this version once";
}

TEST_F(SqliteStudyTest, OldFilesAreReadAndStayAsTheyAre) {
  Sql(kVersion1);
  const std::string before = *ReadFile(path_);
  for (int time = 0; time < 2; ++time) {
    auto reader = OpenStudyReader(SqliteUrl(path_));
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    ExpectVersion1(**reader);
  }
  EXPECT_EQ(*ReadFile(path_), before);
  EXPECT_EQ(Files(), std::vector<std::string>{"study.db"});
}

}  // namespace
}  // namespace mcunas
