#include "nas/evaluate/candidate.h"

#include <gtest/gtest.h>

#include "nas/evaluate/measurement.h"

namespace mcunas {
namespace {

TEST(Names, GoBackAndForth) {
  for (const Source s : {Source::kAnalytic, Source::kEmulated, Source::kMeasured}) {
    EXPECT_EQ(*SourceFromName(SourceName(s)), s);
  }
  for (const FailureClass f : {FailureClass::kNone, FailureClass::kInfeasible,
                               FailureClass::kCandidate, FailureClass::kInfrastructure}) {
    EXPECT_EQ(*FailureClassFromName(FailureClassName(f)), f);
  }
  EXPECT_STREQ(SourceName(Source::kEmulated), "emulated");
  EXPECT_EQ(SourceFromName("guessed").error().message, "'guessed' is not a source of numbers");
  EXPECT_FALSE(FailureClassFromName("").ok());
}

TEST(CandidateRecord, BoardTroubleIsNoFactAboutTheNetwork) {
  CandidateRecord record;
  EXPECT_TRUE(record.usable());
  record.failure = FailureClass::kInfrastructure;
  EXPECT_TRUE(record.usable());
  record.failure = FailureClass::kCandidate;
  EXPECT_FALSE(record.usable());
  record.failure = FailureClass::kInfeasible;
  EXPECT_FALSE(record.usable());
}

TEST(CandidateRecord, MissingMetricsAreNotZero) {
  CandidateRecord record;
  record.metrics[metric::kMacs] = {0, "MACs", Source::kAnalytic};
  EXPECT_EQ(MetricValue(record, metric::kMacs), 0.0);
  EXPECT_EQ(MetricValue(record, metric::kSram), std::nullopt);
}

TEST(Measurement, MedianIsAMeasuredValue) {
  Measurement m;
  EXPECT_EQ(m.median_ticks(), 0);
  EXPECT_EQ(m.min_ticks(), 0);
  m.ticks = {9, 1, 5};
  EXPECT_EQ(m.median_ticks(), 5);
  m.ticks = {40, 10, 20, 30};
  EXPECT_EQ(m.median_ticks(), 20);  // lower of the middle two
  EXPECT_EQ(m.min_ticks(), 10);
  EXPECT_EQ(m.max_ticks(), 40);
  EXPECT_EQ(m.ticks.front(), 40) << "the raw order is kept";
}

}  // namespace
}  // namespace mcunas
