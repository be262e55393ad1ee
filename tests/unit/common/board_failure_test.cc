#include "common/board_failure.h"

#include <gtest/gtest.h>

#include <set>

namespace mcunas {
namespace {

TEST(BoardFailure, EveryKindHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const FailureRow& row : kFailures) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(FailureKindFromName(row.name), row.value);
    EXPECT_STRNE(row.explanation, "");
  }
  EXPECT_EQ(std::size(kFailures), size_t(FailureKind::kUnknown) + 1) << "one row per kind";
  EXPECT_EQ(FailureKindFromName("melted"), FailureKind::kUnknown);
  EXPECT_EQ(FailureKindFromName(""), FailureKind::kUnknown);
}

TEST(BoardFailure, OnlyTheBenchsOwnTroubleIsTriedAgain) {
  EXPECT_FALSE(IsWorthRetrying(FailureKind::kHardFault));
  EXPECT_FALSE(IsWorthRetrying(FailureKind::kWrongImage));
  EXPECT_TRUE(IsWorthRetrying(FailureKind::kProbeMissing));
  EXPECT_TRUE(IsWorthRetrying(FailureKind::kUnknown));
}

TEST(BoardFailure, NothingButFactsBlamesTheNetwork) {
  EXPECT_STREQ(FailureSideName(FailureKind::kCandidateTimeout), "candidate");
  EXPECT_STREQ(FailureSideName(FailureKind::kBadImage), "infrastructure");
  EXPECT_STREQ(FailureSideName(FailureKind::kUnknown), "infrastructure");
  EXPECT_EQ(TextOf({FailureKind::kMpuFault, "at 0x1000"}), "mpu_fault: at 0x1000");
}

}  // namespace
}  // namespace mcunas
