#include <gtest/gtest.h>

#include "board_agent/runner/make_runner.h"
#include "common/stop.h"

namespace mcunas {
namespace {

TEST(MakeRunnerTest, RefusesIncompleteConfigs) {
  RunnerConfig config;
  EXPECT_EQ(MakeRunner(config).error().code, ErrorCode::kUsage);  // qemu without machine
  config.kind = RunnerKind::kPyocd;
  config.target = "stm32f412xg";
  EXPECT_EQ(MakeRunner(config).error().code, ErrorCode::kUsage);  // no probe
  config.probe_uid = "0670";
  config.target.clear();
  EXPECT_EQ(MakeRunner(config).error().code, ErrorCode::kUsage);  // no target
}

TEST(MakeRunnerTest, MakesBothKinds) {
  RunnerConfig config;
  config.machine = "mps2-an386";
  EXPECT_TRUE(MakeRunner(config).ok());
  config.kind = RunnerKind::kPyocd;
  config.target = "stm32f412xg";
  config.probe_uid = "0670";
  EXPECT_TRUE(MakeRunner(config).ok());
}

TEST(MakeRunnerTest, ProbeNamesAMissingTool) {
  RunnerConfig config;
  config.kind = RunnerKind::kPyocd;
  config.target = "stm32f412xg";
  config.probe_uid = "0670";
  config.pyocd = "/nonexistent/pyocd";
  const auto runner = MakeRunner(config);
  ASSERT_TRUE(runner.ok());
  EXPECT_NE((*runner)->Probe().find("pyOCD does not run"), std::string::npos);
  const RunReport report = (*runner)->Run({}, StopToken());
  ASSERT_TRUE(std::holds_alternative<BoardFailure>(report.result));
  EXPECT_EQ(std::get<BoardFailure>(report.result).kind, FailureKind::kToolMissing);
}

}  // namespace
}  // namespace mcunas
