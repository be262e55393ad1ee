// The runner's own behaviour when pyOCD misbehaves: a script stands in for it. The real pyOCD is
// met in tests/integration/pyocd.
#include <gtest/gtest.h>

#include <fstream>

#include "board_agent/runner/make_runner.h"
#include "common/file.h"
#include "common/process.h"
#include "common/stop.h"
#include "engine/toolchain/firmware_image.h"
#include "tests/unit/board_agent/runner/make_block.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kNonce = 77;

class PyocdRunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    const auto image = BuildFirmware(fake::Request("cortex-m4", folder_.path() / "a"));
    ASSERT_TRUE(image.ok()) << image.error().message;
    request_.elf = image->elf_path;
    request_.expected.nonce = kNonce;
    request_.time_limit = milliseconds(1500);
    request_.work_folder = folder_.path() / "work";
    std::filesystem::create_directory(request_.work_folder);
    WriteBlock("good", fake::Sealed(fake::GoodBlock(kNonce)));
    WriteBlock("stale", fake::Sealed(fake::GoodBlock(kNonce - 1)));
    WriteBlock("damaged", fake::BytesOf(fake::GoodBlock(kNonce)));
    WriteBlock("empty", std::vector<uint8_t>(sizeof(mcu_result_block), 0));
    WriteBlock("short", std::vector<uint8_t>(100, 0));
    config_.kind = RunnerKind::kPyocd;
    config_.target = "stm32f412xg";
    config_.probe_uid = "0670";
  }

  void WriteBlock(const std::string& name, const std::vector<uint8_t>& bytes) {
    ASSERT_TRUE(WriteBytesAtomically(folder_.path() / name, bytes).ok());
  }

  // `body` runs with $blocks naming the folder of the blocks and the private folder as current one.
  RunReport RunScript(const std::string& body) {
    const std::filesystem::path script = folder_.path() / "pyocd";
    std::ofstream(script) << "#!/bin/sh\nblocks=" << folder_.path().string()
                          << "\nif [ \"$1\" = --version ]; then echo 0.46.0; exit 0; fi\n"
                          << "echo \"$@\" >> $blocks/arguments\n"
                          << body << "\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    config_.pyocd = script;
    auto runner = MakeRunner(config_);
    return (*runner)->Run(request_, stop_);
  }

  std::string KindOf(const RunReport& report) {
    const auto* failure = std::get_if<BoardFailure>(&report.result);
    if (!failure) return "none";
    return std::string(FailureSideName(failure->kind)) + " " + FailureKindName(failure->kind);
  }

  fake::TemporaryFolder folder_;
  RunRequest request_;
  RunnerConfig config_;
  StopToken stop_;
};

TEST_F(PyocdRunnerTest, ArtefactIsSuccessWhateverTheExitCode) {
  const RunReport report = RunScript("cp $blocks/good result_0.bin; exit 3");
  ASSERT_EQ(KindOf(report), "none");
  EXPECT_EQ(std::get<mcu_result_block>(report.result).ticks[0], 4000u);
  EXPECT_EQ(report.tool, "pyOCD 0.46.0 stm32f412xg");
}

TEST_F(PyocdRunnerTest, CodeZeroWithoutArtefactIsFailure) {
  EXPECT_EQ(KindOf(RunScript("echo all is well; exit 0")), "infrastructure transfer_error");
}

TEST_F(PyocdRunnerTest, ToolIsNotWaitedForOnceTheResultIsThere) {
  request_.time_limit = milliseconds(30'000);
  const auto begin = std::chrono::steady_clock::now();
  const RunReport report = RunScript(
      "cp $blocks/good result_2.bin; cp $blocks/empty result_0.bin;"
      "cp $blocks/empty result_1.bin; sleep 60");
  EXPECT_EQ(KindOf(report), "none");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(8000));
}

TEST_F(PyocdRunnerTest, HangingToolIsKilled) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(KindOf(RunScript("trap '' INT; sleep 60")), "infrastructure tool_timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(9000));
}

TEST_F(PyocdRunnerTest, RunningFirmwareWithoutResultIsTheCandidatesFault) {
  EXPECT_EQ(KindOf(RunScript("cp $blocks/empty result_0.bin; sleep 60")),
            "candidate candidate_timeout");
}

TEST_F(PyocdRunnerTest, StaleDamagedAndShortBlocks) {
  EXPECT_EQ(KindOf(RunScript("cp $blocks/stale result_0.bin; sleep 60")),
            "infrastructure stale_result");
  EXPECT_EQ(KindOf(RunScript("cp $blocks/damaged result_0.bin; sleep 60")),
            "infrastructure transfer_error");
  EXPECT_EQ(KindOf(RunScript("cp $blocks/short result_0.bin; exit 0")),
            "infrastructure transfer_error");
}

TEST_F(PyocdRunnerTest, ConnectionTroubleIsTriedAgainUnderReset) {
  request_.time_limit = milliseconds(10'000);
  const RunReport report = RunScript(
      "case \"$*\" in *under-reset*) cp $blocks/good result_0.bin;;"
      " *) echo 'STLink error (5): No device connected'; exit 1;; esac");
  EXPECT_EQ(KindOf(report), "none");
  EXPECT_NE(report.log.find("STLink error"), std::string::npos);
}

TEST_F(PyocdRunnerTest, MissingProbeIsNotTriedAgain) {
  request_.time_limit = milliseconds(10'000);
  EXPECT_EQ(KindOf(RunScript("echo 'No connected debug probes'; exit 3")),
            "infrastructure probe_missing");
  const std::string calls = ReadFile(folder_.path() / "arguments").value();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), '\n'), 1);
}

TEST_F(PyocdRunnerTest, WrongChipIsNeverWritten) {
  config_.device_id = 0x441;
  config_.device_id_address = 0xE0042000;
  EXPECT_EQ(KindOf(RunScript("printf '\\041\\144\\000\\020' > device_id.bin")),
            "infrastructure wrong_board");
  EXPECT_EQ(ReadFile(folder_.path() / "arguments").value().find("load"), std::string::npos);
}

TEST_F(PyocdRunnerTest, RightChipIsWritten) {
  config_.device_id = 0x441;
  config_.device_id_address = 0xE0042000;
  EXPECT_EQ(KindOf(RunScript("printf '\\101\\144\\000\\020' > device_id.bin;"
                             " cp $blocks/good result_0.bin")),
            "none");
}

TEST_F(PyocdRunnerTest, ArgumentsFollowTheRules) {
  config_.pack = "/packs/a.pack";
  config_.frequency_hz = 2'000'000;
  RunScript("cp $blocks/good result_0.bin");
  const std::string call = ReadFile(folder_.path() / "arguments").value();
  for (const char* part :
       {"commander -W --no-config -j ", "-u 0670 -t stm32f412xg", "-O auto_unlock=false",
        "--pack /packs/a.pack", "-f 2000000", "-c load firmware.elf -c reset", "savemem 0x2000"}) {
    EXPECT_NE(call.find(part), std::string::npos) << part << " is not in " << call;
  }
}

TEST_F(PyocdRunnerTest, StopsOnRequest) {
  stop_.RequestStop();
  request_.time_limit = milliseconds(60'000);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(KindOf(RunScript("sleep 60")), "infrastructure tool_timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(8000));
}

}  // namespace
}  // namespace mcunas
