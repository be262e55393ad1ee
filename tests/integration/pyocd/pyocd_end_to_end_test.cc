// The real pyOCD command line, unchanged, drives emulated boards through the plug-in of
// board_agent/runner/pyocd_qemu.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "common/file.h"
#include "tests/integration/qemu/firmware_run.h"

namespace mcunas {
namespace {

using fake::Variant;
using std::chrono::milliseconds;

constexpr milliseconds kLimit{90'000};

class PyocdEndToEndTest : public fake::FirmwareRun {
 protected:
  void SetUp() override {
    FirmwareRun::SetUp();
    if (IsSkipped()) return;
    std::error_code ignored;
    if (!std::filesystem::exists(DataRoot() / ".venv/bin/pyocd", ignored) &&
        FindProgram("pyocd").empty()) {
      GTEST_SKIP() << "no pyOCD";
    }
    setenv("PYTHONPATH", (DataRoot() / "board_agent/runner/pyocd_qemu").c_str(), 1);
  }

  RunnerConfig PyocdConfig() const {
    RunnerConfig config;
    config.kind = RunnerKind::kPyocd;
    config.target = "cortex_m";
    config.probe_uid = "qemu:" + fake::Board(GetParam()).qemu_machine;
    return config;
  }
};

INSTANTIATE_TEST_SUITE_P(Cores, PyocdEndToEndTest, testing::Values("cortex-m4", "cortex-m7"),
                         fake::CoreName);

TEST_P(PyocdEndToEndTest, GivesTheSameBlockAsTheEmulatorAlone) {
  const std::string elf = Build(Variant::kSlow);
  const RunReport direct = Run(elf, QemuConfig());
  const RunReport through = Run(elf, PyocdConfig(), kLimit);
  ASSERT_EQ(KindOf(direct), "none") << TextOf(direct);
  ASSERT_EQ(KindOf(through), "none") << TextOf(through);
  mcu_result_block expected = std::get<mcu_result_block>(direct.result);
  mcu_result_block got = std::get<mcu_result_block>(through.result);
  EXPECT_EQ(got.nonce, 0xA0000002u);
  EXPECT_EQ(got.output_crc32, expected.output_crc32);
  EXPECT_EQ(got.stack_peak_bytes, expected.stack_peak_bytes);
  EXPECT_EQ(got.arena_peak_bytes, unsigned{fake::kTouchedBytes});
  EXPECT_EQ(got.ticks[0], expected.ticks[0]);
  // Everything but what differs on purpose, down to the last instruction count.
  got.nonce = expected.nonce;
  got.crc32 = expected.crc32;
  EXPECT_EQ(std::memcmp(&got, &expected, sizeof got), 0);
  EXPECT_NE(through.tool.find("pyOCD"), std::string::npos);
}

TEST_P(PyocdEndToEndTest, FailuresOfTheCandidateHaveTheirNames) {
  const struct {
    Variant variant;
    const char* kind;
  } cases[] = {{Variant::kUndefined, "candidate hard_fault"},
               {Variant::kStackDeep, "candidate stack_overflow"},
               {Variant::kBeyondSram, "candidate mpu_fault"},
               {Variant::kWrongOutput, "candidate wrong_output"}};
  for (const auto& c : cases) {
    const RunReport report = Run(Build(c.variant), PyocdConfig(), kLimit);
    EXPECT_EQ(KindOf(report), c.kind) << TextOf(report);
  }
}

TEST_P(PyocdEndToEndTest, FirmwareThatNeverEndsIsACandidateTimeout) {
  const std::string elf = Build(Variant::kEndlessLoop);
  const auto begin = std::chrono::steady_clock::now();
  const RunReport report = Run(elf, PyocdConfig(), milliseconds(20'000));
  EXPECT_EQ(KindOf(report), "candidate candidate_timeout") << TextOf(report);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(30'000));
}

TEST_P(PyocdEndToEndTest, NoSuchProbe) {
  const std::string elf = Build(Variant::kGood);
  RunnerConfig config = PyocdConfig();
  config.probe_uid = "0670FF485550755187121723";
  EXPECT_EQ(KindOf(Run(elf, config, kLimit)), "infrastructure probe_missing");
  config.probe_uid = "qemu:no-such-machine";
  const RunReport report = Run(elf, config, kLimit);
  EXPECT_EQ(KindOf(report), "infrastructure probe_missing") << TextOf(report);
}

TEST_P(PyocdEndToEndTest, UnknownTarget) {
  RunnerConfig config = PyocdConfig();
  config.target = "stm32f446retx";  // needs a pack that is not installed
  const RunReport report = Run(Build(Variant::kGood), config, kLimit);
  EXPECT_EQ(KindOf(report), "infrastructure tool_missing") << TextOf(report);
}

TEST_P(PyocdEndToEndTest, OtherChipIsNotWritten) {
  RunnerConfig config = PyocdConfig();
  config.device_id = 0x441;
  config.device_id_address = 0xE0042000;  // reads as zero on these machines
  const RunReport report = Run(Build(Variant::kGood), config, kLimit);
  EXPECT_EQ(KindOf(report), "infrastructure wrong_board") << TextOf(report);
}

TEST_P(PyocdEndToEndTest, BadElfNeverReachesTheTool) {
  const std::filesystem::path file = folder_.path() / "bad.elf";
  ASSERT_TRUE(WriteFileAtomically(file, "not an ELF").ok());
  EXPECT_EQ(KindOf(Run(file, PyocdConfig(), kLimit)), "infrastructure bad_image");
}

TEST_P(PyocdEndToEndTest, ProbeTellsWhetherTheBoardIsThere) {
  EXPECT_EQ((*MakeRunner(PyocdConfig()))->Probe(), "");
  RunnerConfig config = PyocdConfig();
  config.probe_uid = "0670FF485550755187121723";
  EXPECT_NE((*MakeRunner(config))->Probe().find("No connected debug probe"), std::string::npos);
}

// What pyOCD itself says to a bad ELF, should it ever see one: the runner's table must know the
// words.
TEST_P(PyocdEndToEndTest, RealToolStillSaysWhatTheRunnerExpects) {
  const std::filesystem::path own = DataRoot() / ".venv/bin/pyocd";
  ProcessRequest request;
  request.working_folder = folder_.path();
  ASSERT_TRUE(WriteFileAtomically(folder_.path() / "bad.elf", "not an ELF").ok());
  request.arguments = {std::filesystem::exists(own) ? own.string() : "pyocd",
                       "commander",
                       "-W",
                       "--no-config",
                       "-j",
                       folder_.path().string(),
                       "-u",
                       PyocdConfig().probe_uid,
                       "-t",
                       "cortex_m",
                       "-c",
                       "load bad.elf"};
  request.time_limit = kLimit;
  const auto result = RunProcess(request);
  ASSERT_TRUE(result.ok());
  EXPECT_NE(result->output.find("Magic number does not match"), std::string::npos)
      << result->output;
}

}  // namespace
}  // namespace mcunas
