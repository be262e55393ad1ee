// What every backend of a study must do: one suite, run on each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "../search/fakes.h"
#include "common/check.h"
#include "nas/evaluate/memory_study.h"
#include "nas/records/history.h"
#include "nas/records/open_study.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/records/sample_records.h"

namespace mcunas {
namespace {

// A place where one study is kept. Reopen() is a new process: what was acknowledged must be there.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Study& study() = 0;
  virtual void Reopen() = 0;
};

class MemoryBackend : public Backend {
 public:
  Study& study() override { return study_; }
  void Reopen() override {}

 private:
  MemoryStudy study_;
};

class SqliteBackend : public Backend {
 public:
  SqliteBackend() { Reopen(); }
  Study& study() override { return *study_; }
  void Reopen() override {
    study_.reset();
    auto study = OpenStudy(SqliteUrl((folder_.path() / "study.db").string()));
    MCUNAS_CHECK(study.ok(), study.error().message);
    study_ = std::move(*study);
  }

 private:
  fake::TemporaryFolder folder_;
  std::unique_ptr<Study> study_;
};

template <typename T>
class StudySuite : public ::testing::Test {
 protected:
  Study& study() { return backend_.study(); }
  Study& Reopened() {
    backend_.Reopen();
    return backend_.study();
  }
  T backend_;
};

using Backends = ::testing::Types<MemoryBackend, SqliteBackend>;
TYPED_TEST_SUITE(StudySuite, Backends);  // a new backend is one more type

std::string HistoryOf(StudyReader& study) {
  const auto history = DumpHistory(study);
  EXPECT_TRUE(history.ok());
  return history.ok() ? *history : "";
}

Expected<SearchResult> RunFakeSearch(Study& study, int64_t evaluations) {
  testing::FakeSearch search;
  search.setup.search.budget.evaluations = evaluations;
  return RunSearch(search.setup,
                   {&search.accuracy, &search.memory, &search.latency, &search.finalists, &study},
                   search.stop);
}

// One call for one result.
Expected<void> RememberOne(Study& study, const std::string& kind, const std::string& network,
                           const EvaluationResult& result) {
  const std::pair<Hash128, EvaluationResult> one[] = {{HashBytes(network), result}};
  return study.Remember(kind, one);
}

TYPED_TEST(StudySuite, AFreshOneIsEmpty) {
  Study& study = this->study();
  EXPECT_TRUE(study.Candidates()->empty());
  EXPECT_TRUE(study.Rounds()->empty());
  EXPECT_TRUE(study.Measurements()->empty());
  EXPECT_TRUE(study.Decisions()->empty());
  EXPECT_FALSE(study.Recall("accuracy", HashBytes("a"))->has_value());
  EXPECT_FALSE(study.RecallDecision("wall/0")->has_value());
  EXPECT_EQ(HistoryOf(study), "");
}

TYPED_TEST(StudySuite, KeepsCandidatesInOrderOfTheirIndex) {
  const std::vector<CandidateRecord> saved = {SomeCandidate(10), SomeCandidate(2)};
  ASSERT_TRUE(this->study().SaveCandidates(saved).ok());
  const auto read = this->Reopened().Candidates();
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  ExpectEqual((*read)[0], saved[1]);
  ExpectEqual((*read)[1], saved[0]);
}

TYPED_TEST(StudySuite, SavingAgainReplaces) {
  Study& study = this->study();
  CandidateRecord candidate = SomeCandidate(0);
  ASSERT_TRUE(study.SaveCandidates(std::span(&candidate, 1)).ok());
  candidate.metrics.erase("sram_bytes");
  candidate.metrics["accuracy"].value = 0.9;
  candidate.failure = FailureClass::kNone;
  candidate.failure_reason.clear();
  candidate.boards.erase("bench-m4");
  ASSERT_TRUE(study.SaveCandidates(std::span(&candidate, 1)).ok());
  const auto read = this->Reopened().Candidates();
  ASSERT_EQ(read->size(), 1u);
  ExpectEqual((*read)[0], candidate);
}

TYPED_TEST(StudySuite, RecallsByKindAndNetwork) {
  EvaluationResult result = SomeResult();
  result.outcomes = Outcomes::FromText("0110100");
  ASSERT_TRUE(RememberOne(this->study(), "finalist/3", "a", result).ok());
  Study& study = this->Reopened();
  const auto known = study.Recall("finalist/3", HashBytes("a"));
  ASSERT_TRUE(known.ok() && known->has_value());
  ExpectEqual(**known, result);
  EXPECT_FALSE(study.Recall("finalist/4", HashBytes("a"))->has_value());
  EXPECT_FALSE(study.Recall("finalist/3", HashBytes("b"))->has_value());
}

TYPED_TEST(StudySuite, RememberingAgainReplaces) {
  EvaluationResult result = SomeResult();
  ASSERT_TRUE(RememberOne(this->study(), "final", "a", result).ok());
  result.metrics["test_accuracy"] = {0.5, "ratio", Source::kMeasured};
  result.failure = FailureClass::kNone;
  ASSERT_TRUE(RememberOne(this->study(), "final", "a", result).ok());
  ExpectEqual(**this->Reopened().Recall("final", HashBytes("a")), result);
}

TYPED_TEST(StudySuite, KeepsRoundsWithNumbersThatDoNotExist) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const RoundRecord later{3, 40, 30, 10, 5, 0.7, 0.5, 0.1, -0.25, "{}"};
  RoundRecord early{0, 20, 15, 5, 0, 0.1 + 0.2, 0.4, kNaN, kNaN, ""};
  ASSERT_TRUE(this->study().SaveRound(later).ok());
  ASSERT_TRUE(this->study().SaveRound(early).ok());
  early.hypervolume = 0.45;
  ASSERT_TRUE(this->study().SaveRound(early).ok()) << "replaces";
  const auto rounds = this->Reopened().Rounds();
  ASSERT_EQ(rounds->size(), 2u);
  EXPECT_TRUE(SameRecord((*rounds)[0], early));
  EXPECT_TRUE(SameRecord((*rounds)[1], later));
}

TYPED_TEST(StudySuite, KeepsMeasurementsInOrderOfArrival) {
  Measurement first = SomeMeasurement(), second = first;
  second.board = "qemu-m4";
  ASSERT_TRUE(this->study().SaveMeasurement(HashBytes("n"), first).ok());
  ASSERT_TRUE(this->study().SaveMeasurement(HashBytes("n"), second).ok());
  const auto all = this->Reopened().Measurements();
  ASSERT_TRUE(all.ok()) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].hash, HashBytes("n"));
  ExpectEqual((*all)[0].measurement, first);
  ExpectEqual((*all)[1].measurement, second);
}

TYPED_TEST(StudySuite, KeepsDecisions) {
  ASSERT_TRUE(this->study().RecordDecision("wall/1", "continue 12.5").ok());
  ASSERT_TRUE(this->study().RecordDecision("search", "0123").ok());
  ASSERT_TRUE(this->study().RecordDecision("wall/1", "stop 99").ok()) << "replaces";
  Study& study = this->Reopened();
  EXPECT_EQ(**study.RecallDecision("wall/1"), "stop 99");
  EXPECT_FALSE(study.RecallDecision("wall/2")->has_value());
  const std::map<std::string, std::string> all = {{"search", "0123"}, {"wall/1", "stop 99"}};
  EXPECT_EQ(*study.Decisions(), all);
}

TYPED_TEST(StudySuite, AnswersForTheFirstWhoClaimsIt) {
  ASSERT_TRUE(Claim(this->study(), "search", "seed: 1", "taken").ok());
  Study& study = this->Reopened();
  EXPECT_TRUE(Claim(study, "search", "seed: 1", "taken").ok());
  EXPECT_TRUE(Claim(study, "supernet", "seed: 2", "taken").ok()) << "another decision";
  const auto refused = Claim(study, "search", "seed: 2", "taken");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  EXPECT_EQ(refused.error().message, "taken");
}

TYPED_TEST(StudySuite, TextsMayHoldAnything) {
  CandidateRecord candidate = SomeCandidate(0);
  candidate.failure_reason = "'); DROP TABLE candidates; -- \" \\ \n\t \xc2\xb5 \xf0\x9f\x94\xa5";
  ASSERT_TRUE(this->study().SaveCandidates(std::span(&candidate, 1)).ok());
  ASSERT_TRUE(this->study().RecordDecision("a'b", "x''y").ok());
  Study& study = this->Reopened();
  EXPECT_EQ(study.Candidates()->front().failure_reason, candidate.failure_reason);
  EXPECT_EQ(**study.RecallDecision("a'b"), "x''y");
}

TYPED_TEST(StudySuite, HistoryHoldsEverythingButTime) {
  Study& study = this->study();
  CandidateRecord candidate = SomeCandidate(0);
  ASSERT_TRUE(study.SaveCandidates(std::span(&candidate, 1)).ok());
  ASSERT_TRUE(study.RecordDecision("wall/0", "continue 12.5").ok());
  const std::string history = HistoryOf(study);
  candidate.seconds = 99;
  ASSERT_TRUE(study.SaveCandidates(std::span(&candidate, 1)).ok());
  ASSERT_TRUE(study.RecordDecision("wall/0", "continue 44.1").ok());
  EXPECT_EQ(HistoryOf(study), history);
  for (auto change : {+[](CandidateRecord* c) { c->metrics["accuracy"].value += 1e-16; },
                      +[](CandidateRecord* c) { c->boards["qemu-m4"].ticks[0] += 1; },
                      +[](CandidateRecord* c) { c->failure_reason += "!"; },
                      +[](CandidateRecord* c) { c->architecture.stages[0][0].kernel = 5; }}) {
    CandidateRecord other = candidate;
    change(&other);
    ASSERT_TRUE(study.SaveCandidates(std::span(&other, 1)).ok());
    EXPECT_NE(HistoryOf(study), history);
  }
}

// Two backends that saw the same search say the same, byte by byte.
TYPED_TEST(StudySuite, HistoryIsThatOfAnyOther) {
  MemoryStudy memory;
  for (Study* study : {&this->study(), static_cast<Study*>(&memory)}) {
    const std::vector<CandidateRecord> candidates = {SomeCandidate(1), SomeCandidate(0)};
    ASSERT_TRUE(study->SaveCandidates(candidates).ok());
    ASSERT_TRUE(study->SaveRound({0, 2, 2, 0, 0, 1.0 / 3, 0.5, NAN, NAN, "{}"}).ok());
    ASSERT_TRUE(study->RecordDecision("search", "abc").ok());
  }
  EXPECT_EQ(HistoryOf(this->Reopened()), HistoryOf(memory));
  EXPECT_THAT(HistoryOf(memory), ::testing::HasSubstr("decision search abc"));
}

// A search that ends early and goes on in another process arrives where an undisturbed one does.
TYPED_TEST(StudySuite, ASearchGoesOnWhereItEnded) {
  MemoryStudy calm;
  ASSERT_TRUE(RunFakeSearch(calm, 60).ok());
  ASSERT_TRUE(RunFakeSearch(this->study(), 34).ok());
  ASSERT_TRUE(RunFakeSearch(this->Reopened(), 60).ok());
  EXPECT_EQ(HistoryOf(this->Reopened()), HistoryOf(calm));
}

}  // namespace
}  // namespace mcunas
