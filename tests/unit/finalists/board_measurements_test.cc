// One network on several boards: each keeps its numbers, none hides another's failure.
#include "nas/finalists/board_measurements.h"

#include <gmock/gmock.h>

#include <optional>

#include "fakes.h"
#include "nas/finalists/finalist_steps.h"

namespace mcunas {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BoardMeasurements : public testing::Workshop {
 protected:
  // Built once; the boards are what differs.
  void SetUp() override {
    auto build = BuildFinalist(options_, ports_, {}, record_, stop_);
    ASSERT_TRUE(build) << build.error().message;
    build_.emplace(std::move(*build));
    options_.boards = {testing::Board("virtual"), testing::Board("bench", Core::kCortexM7)};
  }
  Expected<void> Measure() { return MeasureOnBoards(options_, ports_, *build_, &record_, stop_); }
  void FailOn(const std::string& board, FailureKind kind) {
    boards_.failures_[board] = {kind, "as told"};
  }

  CandidateRecord record_ = testing::Candidates(1)[0];
  std::optional<CandidateBuild> build_;
};

TEST_F(BoardMeasurements, EveryBoardKeepsItsNumbers) {
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.failure, FailureClass::kNone);
  ASSERT_EQ(record_.boards.size(), 2u);
  for (const MeasurementRequest& request : boards_.requests_) {
    const BoardResult& result = record_.boards.at(request.board);
    const Measurement said = testing::FakeBoards::Works(request);
    EXPECT_EQ(result.ticks, said.ticks);
    EXPECT_EQ(result.operator_ticks, said.operator_ticks);
    EXPECT_EQ(result.metrics.at(metric::kTicks).value, said.ticks[0]);
    EXPECT_EQ(result.metrics.at(metric::kTicks).unit, "instructions");
    EXPECT_EQ(result.metrics.at(metric::kStack).value, said.stack_peak_bytes);
    EXPECT_EQ(result.metrics.at(metric::kImageFlash).value, 1024.0 * request.board.size());
    EXPECT_GT(result.metrics.at(metric::kLatency).value, 0);
  }
  EXPECT_NE(record_.boards.at("virtual").ticks, record_.boards.at("bench").ticks);
  EXPECT_NE(boards_.requests_[0].idempotency_key, boards_.requests_[1].idempotency_key);
}

TEST_F(BoardMeasurements, TheTargetsEquivalentSpeaksForTheCandidate) {
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.board, "virtual");
  for (const auto& [name, metric] : record_.boards.at("virtual").metrics) {
    EXPECT_EQ(*FindMetric(record_, name), metric);
    EXPECT_EQ(AllMetrics(record_).at(name), metric);
  }
  EXPECT_EQ(MetricValue(record_, metric::kAccuracy), 0.5) << "and the record's own are still there";
}

TEST_F(BoardMeasurements, AFailureIsNotMaskedBySuccessWhateverTheOrder) {
  for (const char* fails : {"virtual", "bench"}) {
    record_ = testing::Candidates(1)[0];
    boards_.failures_.clear();
    FailOn(fails, FailureKind::kHardFault);
    ASSERT_TRUE(Measure());
    EXPECT_EQ(record_.failure, FailureClass::kCandidate);
    EXPECT_EQ(record_.failure_reason, std::string("hard_fault: on ") + fails + ": as told");
    const std::string works = fails == std::string("bench") ? "virtual" : "bench";
    EXPECT_EQ(record_.boards.at(fails).failure, FailureClass::kCandidate);
    EXPECT_EQ(record_.boards.at(works).failure, FailureClass::kNone);
    EXPECT_EQ(record_.boards.at(works).metrics.count(metric::kLatency), 1u);
    EXPECT_EQ(record_.boards.at(fails).metrics.count(metric::kLatency), 0u);
  }
}

TEST_F(BoardMeasurements, TroubleWithABoardIsNoFactAboutTheNetwork) {
  FailOn("virtual", FailureKind::kProbeMissing);
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.failure, FailureClass::kInfrastructure);
  EXPECT_EQ(record_.failure_reason, "probe_missing: on virtual: as told");
  EXPECT_TRUE(record_.usable());
  EXPECT_EQ(FindMetric(record_, metric::kLatency), nullptr)
      << "another board's number must not stand in for the one that speaks for the candidate";
  EXPECT_EQ(record_.boards.at("bench").metrics.count(metric::kLatency), 1u);
}

TEST_F(BoardMeasurements, AFactOutweighsTrouble) {
  FailOn("virtual", FailureKind::kProbeMissing);
  FailOn("bench", FailureKind::kWrongOutput);
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.failure, FailureClass::kCandidate);
  EXPECT_THAT(record_.failure_reason, AllOf(HasSubstr("on bench"), Not(HasSubstr("virtual"))));
}

TEST_F(BoardMeasurements, WhatDoesNotLinkForOneBoardIsMeasuredOnTheOthers) {
  does_not_link_ = "virtual";
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.failure, FailureClass::kCandidate);
  EXPECT_EQ(record_.failure_reason, "does_not_link: on virtual: flash overflows by 8 bytes");
  ASSERT_EQ(boards_.requests_.size(), 1u);
  EXPECT_EQ(boards_.requests_[0].board, "bench");
  EXPECT_EQ(record_.boards.at("bench").failure, FailureClass::kNone);
}

TEST_F(BoardMeasurements, NobodyIsAskedWhereNothingLinks) {
  does_not_link_ = "virtual";
  options_.boards.resize(1);
  ASSERT_TRUE(Measure());
  EXPECT_EQ(record_.failure, FailureClass::kCandidate);
  EXPECT_THAT(boards_.requests_, IsEmpty());
}

TEST_F(BoardMeasurements, WhatStopsTheRunIsAnErrorNotAFailure) {
  boards_.interrupted_request_ = 2;
  const auto stopped = Measure();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(record_.failure, FailureClass::kNone);
  ports_.build_firmware = [](const FirmwareRequest&) -> Expected<FirmwareImage> {
    return Error{ErrorCode::kUnsupported, "no cross compiler"};
  };
  EXPECT_EQ(Measure().error().code, ErrorCode::kUnsupported);
}

TEST_F(BoardMeasurements, ImagesAreLinkedWithinTheLimitOfTheSearch) {
  options_.limits.sram = KiB(48);
  ASSERT_TRUE(Measure());
  ASSERT_EQ(assembled_.size(), 2u);
  for (const BoardProfile& board : assembled_)
    EXPECT_EQ(board.sram[0].size_bytes, 48 * 1024) << board.name;
}

TEST_F(BoardMeasurements, WithoutABenchNothingIsMeasured) {
  ports_.boards = nullptr;
  ASSERT_TRUE(Measure());
  EXPECT_THAT(record_.boards, IsEmpty());
  EXPECT_EQ(record_.board, "");
}

TEST(HeadlineBoard, IsTheNearestToTheTarget) {
  BoardProfile target = testing::Board("target", Core::kCortexM4);
  target.virtual_equivalent = "virtual";
  const BoardProfile m7 = testing::Board("a", Core::kCortexM7),
                     m4 = testing::Board("b", Core::kCortexM4);
  const BoardProfile virtual_m4 = testing::Board("virtual");
  EXPECT_EQ(HeadlineBoard(target, std::vector{m7, m4, virtual_m4, target}), "target");
  EXPECT_EQ(HeadlineBoard(target, std::vector{m7, m4, virtual_m4}), "virtual");
  EXPECT_EQ(HeadlineBoard(target, std::vector{m7, m4}), "b");
  EXPECT_EQ(HeadlineBoard(target, std::vector{m7}), "a");
  target.virtual_equivalent.clear();
  EXPECT_EQ(HeadlineBoard(target, std::vector{m7, virtual_m4}), "virtual") << "by its core";
}

}  // namespace
}  // namespace mcunas
