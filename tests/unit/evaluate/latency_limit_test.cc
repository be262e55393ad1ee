#include "nas/evaluate/latency_limit.h"

#include <gtest/gtest.h>

#include "nas/evaluate/latency_model.h"
#include "nas/space/enumerate.h"

namespace mcunas {
namespace {

class TwelveMilliseconds : public LatencyModel {
 public:
  LatencyPrediction Predict(const Network&, double) const override { return {12, 8, 18}; }
  void Fit(std::span<const LatencySample>) override {}
  std::string ToJson() const override { return "{}"; }
};

class FlashIsFull : public MemoryEvaluator {
 public:
  void Evaluate(CandidateRecord* record) const override {
    record->failure = FailureClass::kInfeasible;
    record->failure_reason = "flash: needs 3 bytes, limit 2";
    record->violation = 0.5;
  }
};

class EverythingFits : public MemoryEvaluator {
 public:
  void Evaluate(CandidateRecord*) const override {}
};

CandidateRecord Predicted(double limit_ms) {
  CandidateRecord record;
  StorePrediction({12, 8, 18}, limit_ms, &record);
  return record;
}

TEST(CheckLatency, OnlyTheLowerEndOfAPredictionRejects) {
  EXPECT_FALSE(CheckLatency(Predicted(10), 10)) << "12 ms, but perhaps no more than 8";
  EXPECT_FALSE(CheckLatency(Predicted(8), 8)) << "a need equal to the limit fits";
  const auto violation = CheckLatency(Predicted(4), 4);
  ASSERT_TRUE(violation);
  EXPECT_EQ(violation->reason, "latency: 8 ms or more (predicted 12 ms), limit 4 ms");
  EXPECT_DOUBLE_EQ(violation->excess, 1);
}

TEST(CheckLatency, AMeasurementOutweighsThePrediction) {
  CandidateRecord record = Predicted(10);
  record.board = "qemu-m4";
  Metric& said = record.boards["qemu-m4"].metrics[metric::kLatency];
  said = {15, "ms", Source::kEmulated};
  ASSERT_TRUE(CheckLatency(record, 10));
  EXPECT_EQ(CheckLatency(record, 10)->reason, "latency: emulated 15 ms, limit 10 ms");
  said.value = 5;
  EXPECT_FALSE(CheckLatency(record, 6)) << "though 8 ms were the least expected";
}

TEST(CheckLatency, NobodyIsRejectedForWhatIsNotKnown) {
  EXPECT_FALSE(CheckLatency(CandidateRecord(), 1e-9));
}

TEST(FailBeyondLatency, LeavesOtherFailuresAlone) {
  CandidateRecord record = Predicted(4);
  record.failure = FailureClass::kCandidate;
  FailBeyondLatency(4, &record);
  EXPECT_EQ(record.failure, FailureClass::kCandidate);
  record.failure = FailureClass::kNone;
  FailBeyondLatency(0, &record);
  EXPECT_TRUE(record.usable()) << "0 is no limit";
  FailBeyondLatency(4, &record);
  EXPECT_EQ(record.failure, FailureClass::kInfeasible);
  EXPECT_DOUBLE_EQ(record.violation, 1);
}

TEST(StorePrediction, TheIntervalStandsWhereThereIsALimit) {
  EXPECT_EQ(Predicted(0).metrics.size(), 1u);
  EXPECT_EQ(MetricValue(Predicted(1), metric::kPredictedLatencyHigh), 18);
}

TEST(LatencyGate, AddsItsVerdictToThatOfMemory) {
  const TwelveMilliseconds model;
  CandidateRecord record;
  record.architecture = Smallest(SpaceConfig());
  const CandidateRecord asked = record;
  LatencyGate(SpaceConfig(), {}, 4, FlashIsFull(), &model).Evaluate(&record);
  EXPECT_EQ(record.failure_reason,
            "flash: needs 3 bytes, limit 2; latency: 8 ms or more (predicted 12 ms), limit 4 ms");
  EXPECT_DOUBLE_EQ(record.violation, 1.5);
  record = asked;
  LatencyGate(SpaceConfig(), {}, 10, EverythingFits(), &model).Evaluate(&record);
  EXPECT_TRUE(record.usable());
  LatencyGate(SpaceConfig(), {}, 0, EverythingFits(), nullptr).Evaluate(&record);
  EXPECT_TRUE(record.usable()) << "no limit, no question";
}

}  // namespace
}  // namespace mcunas
