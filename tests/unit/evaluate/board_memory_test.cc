#include "nas/evaluate/board_memory.h"
#include "memory_model/memory_model.h"
#include "nas/space/enumerate.h"
#include "nas/space/lower.h"
#include "nas/space/space_config.h"
#include "network/operator_counts.h"

#include <gtest/gtest.h>

namespace mcunas {
namespace {

CandidateRecord Evaluated(const MemoryLimits& limits, const PlanConfig& plan = {}) {
  const SpaceConfig space;
  CandidateRecord record;
  record.architecture = Smallest(space);
  BoardMemoryEvaluator(space, {}, limits, plan).Evaluate(&record);
  return record;
}

TEST(BoardMemory, ReportsWhatTheModelSays) {
  const CandidateRecord record = Evaluated({});
  const SpaceConfig space;
  const Network network = Lower(space, {}, Smallest(space));
  const MemoryReport report = ReportMemory(network, PlanMemory(network));
  EXPECT_EQ(record.failure, FailureClass::kNone);
  EXPECT_EQ(record.violation, 0);
  EXPECT_EQ(record.metrics.at(metric::kSram).value, static_cast<double>(report.total.value));
  EXPECT_EQ(record.metrics.at(metric::kArena).value, static_cast<double>(report.arena.value));
  EXPECT_EQ(record.metrics.at(metric::kFlash).value, static_cast<double>(report.flash_total.value));
  EXPECT_EQ(record.metrics.at(metric::kMacs).value,
            static_cast<double>(NetworkMacs(network).value));
  EXPECT_EQ(record.metrics.at(metric::kPlanMacs).value,
            static_cast<double>(NetworkMacs(network).value));
  EXPECT_EQ(record.metrics.at(metric::kMacsFactor).value, 1.0);
  EXPECT_EQ(record.metrics.at(metric::kSram).source, Source::kAnalytic);
  EXPECT_EQ(record.metrics.at(metric::kMacs).unit, "MACs");
}

TEST(BoardMemory, FitsExactlyAtTheLimitAndNotOneByteBelow) {
  const auto needed = static_cast<int64_t>(*MetricValue(Evaluated({}), metric::kSram));
  EXPECT_EQ(Evaluated({Bytes(needed), {}, {}}).failure, FailureClass::kNone);
  const CandidateRecord tight = Evaluated({Bytes(needed - 1), {}, {}});
  EXPECT_EQ(tight.failure, FailureClass::kInfeasible);
  EXPECT_EQ(tight.failure_reason, "sram: needs " + std::to_string(needed) + " bytes, limit " +
                                      std::to_string(needed - 1));
  EXPECT_GT(tight.violation, 0);
  EXPECT_LT(tight.violation, 0.01);
}

TEST(BoardMemory, RecomputationCountsAgainstTheMacsLimit) {
  PlanConfig plan;
  plan.max_macs_factor = 8;
  const auto exact = static_cast<int64_t>(*MetricValue(Evaluated({}), metric::kSram));
  const Bytes tight(exact - 1);
  const CandidateRecord record = Evaluated({tight, {}, {}}, plan);
  ASSERT_EQ(record.failure, FailureClass::kNone) << record.failure_reason;
  const double factor = *MetricValue(record, metric::kMacsFactor);
  const double macs = *MetricValue(record, metric::kMacs);
  const double plan_macs = *MetricValue(record, metric::kPlanMacs);
  EXPECT_GT(factor, 1.0);
  EXPECT_NEAR(plan_macs, macs * factor, 1);
  EXPECT_LT(*MetricValue(record, metric::kSram), static_cast<double>(exact));
  const auto whole = static_cast<int64_t>(plan_macs);
  EXPECT_EQ(Evaluated({tight, {}, Macs(whole)}, plan).failure, FailureClass::kNone);
  // One fewer, and either more SRAM or more MACs than allowed are needed.
  EXPECT_EQ(Evaluated({tight, {}, Macs(whole - 1)}, plan).failure, FailureClass::kInfeasible);
}

TEST(BoardMemory, ViolationsAreNormalisedAndSummed) {
  const std::vector<LimitViolation> two = {{"sram", 1000, 1500}, {"macs", 100, 300}};
  EXPECT_DOUBLE_EQ(TotalViolation(two), 0.5 + 2.0);
  EXPECT_EQ(DescribeViolations(two),
            "sram: needs 1500 bytes, limit 1000; macs: needs 300, limit 100");
  EXPECT_EQ(TotalViolation({}), 0);
  EXPECT_EQ(DescribeViolations({}), "");
}

}  // namespace
}  // namespace mcunas
