// Builds a variant of the fake network and runs it on an emulated board.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "board_agent/runner/make_runner.h"
#include "common/process.h"
#include "common/stop.h"
#include "engine/toolchain/firmware_image.h"
#include "tests/unit/common/temporary_folder.h"
#include "tests/unit/engine/firmware/fake_network.h"

namespace mcunas::fake {

class FirmwareRun : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (FindProgram("arm-none-eabi-gcc").empty()) GTEST_SKIP() << "no cross compiler";
    if (FindProgram("qemu-system-arm").empty()) GTEST_SKIP() << "no emulator";
  }

  // The ELF of this request, or empty with a test failure.
  std::string Build(const FirmwareRequest& request) {
    const auto image = BuildFirmware(request);
    if (!image.ok()) ADD_FAILURE() << image.error().message;
    return image.ok() ? image->elf_path : "";
  }

  std::string Build(Variant variant) {
    Options options;
    options.variant = variant;
    const auto folder = folder_.path() / ("image" + std::to_string(static_cast<int>(variant)));
    return Build(Request(GetParam(), folder, options));
  }

  RunnerConfig QemuConfig() const {
    RunnerConfig config;
    config.machine = Board(GetParam()).qemu_machine;
    return config;
  }

  RunReport Run(const std::string& elf, const RunnerConfig& config,
                std::chrono::milliseconds limit = std::chrono::milliseconds(20'000)) {
    RunRequest request;
    request.elf = elf;
    request.expected.nonce = 0xA0000000u + static_cast<uint32_t>(++runs_);
    request.time_limit = limit;
    request.work_folder = folder_.path() / ("run" + std::to_string(runs_));
    std::filesystem::create_directory(request.work_folder);
    auto runner = MakeRunner(config);
    return (*runner)->Run(request, stop_);
  }

  // "candidate hard_fault", "infrastructure ...", or "none".
  static std::string KindOf(const RunReport& report) {
    const auto* failure = std::get_if<BoardFailure>(&report.result);
    if (!failure) return "none";
    return std::string(FailureSideName(failure->kind)) + " " + FailureKindName(failure->kind);
  }

  static std::string TextOf(const RunReport& report) {
    const auto* failure = std::get_if<BoardFailure>(&report.result);
    return (failure ? failure->message : "no failure") + "\n" + report.log;
  }

  TemporaryFolder folder_;
  StopToken stop_;
  int runs_ = 0;
};

inline std::string CoreName(const testing::TestParamInfo<const char*>& core) {
  return std::string(core.param + 7);
}

}  // namespace mcunas::fake
