#include "nas/search/feasible.h"

#include <gtest/gtest.h>

#include <chrono>

#include "nas/evaluate/board_memory.h"
#include "nas/space/enumerate.h"
#include "nas/space/space_config.h"

namespace mcunas {
namespace {

Expected<void> Check(const SpaceConfig& space, const MemoryLimits& limits) {
  return CheckFeasible(space, BoardMemoryEvaluator(space, {}, limits), TargetLimits{limits});
}

int64_t Needs(const SpaceConfig& space, const char* what) {
  CandidateRecord record;
  record.architecture = Smallest(space);
  BoardMemoryEvaluator(space, {}, {}).Evaluate(&record);
  return static_cast<int64_t>(*MetricValue(record, what));
}

TEST(CheckFeasible, AcceptsWhatTheSmallestNetworkNeeds) {
  const SpaceConfig space;
  EXPECT_TRUE(Check(space, {}).ok());
  EXPECT_TRUE(Check(space, {Bytes(Needs(space, metric::kSram)), {}, {}}).ok());
  EXPECT_TRUE(Check(space, {{}, Bytes(Needs(space, metric::kFlash)), {}}).ok());
}

TEST(CheckFeasible, NamesLimitNeedAndRelaxation) {
  const SpaceConfig space;
  const int64_t needs = Needs(space, metric::kSram);
  const auto checked = Check(space, {Bytes(needs / 2), {}, {}});
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, ErrorCode::kInfeasible);
  const std::string& message = checked.error().message;
  EXPECT_NE(message.find("sram limit " + std::to_string(needs / 2) + " bytes"), std::string::npos)
      << message;
  EXPECT_NE(message.find("needs " + std::to_string(needs)), std::string::npos) << message;
  const int64_t kb = (needs + 1023) / 1024;
  EXPECT_NE(message.find("raise target.limits.sram_kb to " + std::to_string(kb) + " or lower"),
            std::string::npos)
      << message;
  EXPECT_EQ(message.find("flash"), std::string::npos) << message;
}

// The advice works: the raised limit is feasible, one kilobyte less is not.
TEST(CheckFeasible, AdviceIsTheSmallestThatHelps) {
  const SpaceConfig space;
  const auto smallest_kb = [&](const char* key, MemoryLimits limits) {
    const std::string message = Check(space, limits).error().message;
    const size_t at = message.find(key);
    EXPECT_NE(at, std::string::npos) << message;
    return std::stoll(message.substr(at + std::string(key).size()));
  };
  const int64_t sram = smallest_kb("sram_kb to ", {KiB(1), {}, {}});
  EXPECT_TRUE(Check(space, {KiB(sram), {}, {}}).ok());
  EXPECT_FALSE(Check(space, {KiB(sram - 1), {}, {}}).ok());
  const int64_t flash = smallest_kb("flash_kb to ", {{}, KiB(1), {}});
  EXPECT_TRUE(Check(space, {{}, KiB(flash), {}}).ok());
  EXPECT_FALSE(Check(space, {{}, KiB(flash - 1), {}}).ok());
}

TEST(CheckFeasible, NamesEveryLimitInTheWay) {
  const auto checked = Check(SpaceConfig{}, {KiB(1), KiB(1), Macs(1000)});
  ASSERT_FALSE(checked.ok());
  for (const char* key : {"sram_kb to", "flash_kb to", "macs_m to"}) {
    EXPECT_NE(checked.error().message.find(key), std::string::npos) << checked.error().message;
  }
}

TEST(CheckFeasible, AnswersWithinSeconds) {
  SpaceConfig large;  // 10^13 networks
  large.stages = {{16, 1}, {24, 2}, {40, 2}, {80, 2}, {96, 1}};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Check(large, {KiB(2), {}, {}}).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

// Fits only away from the smallest network: the search must look further.
class OnlyWide : public MemoryEvaluator {
 public:
  void Evaluate(CandidateRecord* record) const override {
    if (record->architecture.width >= 1.0) return;
    record->failure = FailureClass::kInfeasible;
    record->violation = 1 - record->architecture.width;
  }
};

TEST(CheckFeasible, DoesNotTrustTheSmallestAlone) {
  EXPECT_TRUE(CheckFeasible(SpaceConfig{}, OnlyWide(), {}).ok());
}

}  // namespace
}  // namespace mcunas
