#include "board_agent/runner/qemu_runner.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "board_agent/runner/child_process.h"
#include "board_agent/runner/prepared_image.h"
#include "board_agent/runner/qmp_client.h"
#include "board_agent/runner/result_judge.h"
#include "common/file.h"
#include "common/process.h"
#include "common/stop.h"

namespace mcunas {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr char kProgram[] = "qemu-system-arm";
constexpr milliseconds kFirstLook{10};
constexpr milliseconds kLongestPause{100};
constexpr milliseconds kAnswerLimit{10'000};
constexpr milliseconds kVersionLimit{10'000};
constexpr int kLeastShare = 4;  // of the time limit must have been the emulator's

std::vector<std::string> Arguments(const std::string& machine, const std::string& elf) {
  return {kProgram,
          "-M",
          machine,
          "-kernel",
          elf,
          "-nodefaults",
          "-no-user-config",
          "-display",
          "none",
          "-serial",
          "none",
          "-nic",
          "none",
          "-icount",
          "shift=0",
          "-chardev",
          "socket,id=monitor,fd=3",
          "-mon",
          "chardev=monitor,mode=control"};
}

// One attempt: the child, the line to it, and what was seen last.
class Attempt {
 public:
  Attempt(const RunRequest& request, const StopToken& stop)
      : request_(request), stop_(stop), deadline_(Clock::now() + request.time_limit) {}

  RunReport Run(const std::string& machine) {
    RunReport report;
    report.result = Watch(machine, &report);
    return report;
  }

 private:
  std::variant<mcu_result_block, BoardFailure> Watch(const std::string& machine,
                                                     RunReport* report) {
    const auto image = PrepareImage(request_, request_.work_folder / "firmware.elf");
    if (const auto* failure = std::get_if<BoardFailure>(&image)) return *failure;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return BoardFailure{FailureKind::kTransferError, "no socket for QEMU's monitor"};
    }
    QmpClient monitor(ends[0]);
    ChildOptions options;
    options.arguments = Arguments(machine, std::get<PreparedImage>(image).elf.string());
    options.environment = ToolEnvironment();
    options.working_folder = request_.work_folder;
    options.inherited_descriptor = ends[1];
    Expected<ChildProcess> child = ChildProcess::Start(options);
    close(ends[1]);
    if (!child.ok()) return BoardFailure{FailureKind::kToolMissing, child.error().message};
    auto result = Poll(std::get<PreparedImage>(image), &monitor, &*child);
    child->Kill();
    report->log = child->output();
    return result;
  }

  std::variant<mcu_result_block, BoardFailure> Poll(const PreparedImage& image, QmpClient* monitor,
                                                    ChildProcess* child) {
    if (auto connected = monitor->Connect(kAnswerLimit); !connected.ok()) {
      return Ended(connected.error(), child);
    }
    BlockState last = BlockState::kNothing;
    milliseconds pause = kFirstLook;
    while (Clock::now() < deadline_) {
      if (stop_.stop_requested())
        return BoardFailure{FailureKind::kToolTimeout, "stopped on request"};
      std::this_thread::sleep_for(pause);
      pause = std::min(kLongestPause, pause * 3 / 2);
      // Twice: the first look may have caught the block half written, the magic comes last.
      for (int look = 0; look < 2; ++look) {
        Expected<std::vector<uint8_t>> bytes = Look(image, monitor);
        if (!bytes.ok()) return Ended(bytes.error(), child);
        last = ClassifyBlock(*bytes, request_.expected.nonce);
        const bool done = last == BlockState::kComplete || last == BlockState::kBroken;
        if (!done) break;
        if (look == 1) return JudgeBlock(*bytes, request_.expected);
      }
    }
    return Silence(last, *child);
  }

  // A busy host makes the emulator slow, which is no fact about the image.
  BoardFailure Silence(BlockState last, const ChildProcess& child) {
    const milliseconds used = child.CpuTime();
    if (last == BlockState::kNothing && used * kLeastShare < request_.time_limit) {
      return BoardFailure{FailureKind::kToolTimeout,
                          "the host is too busy: the emulator got " + std::to_string(used.count()) +
                              " ms of " + std::to_string(request_.time_limit.count())};
    }
    return JudgeSilence(last);
  }

  Expected<std::vector<uint8_t>> Look(const PreparedImage& image, QmpClient* monitor) {
    const std::filesystem::path file = request_.work_folder / "result.bin";
    const auto saved =
        monitor->SaveMemory(image.result_address, sizeof(mcu_result_block), file, kAnswerLimit);
    if (!saved.ok()) return saved.error();
    Expected<std::vector<uint8_t>> bytes = ReadBytes(file);
    if (bytes.ok() && bytes->size() != sizeof(mcu_result_block)) {
      return Error{ErrorCode::kIo, "QEMU wrote " + std::to_string(bytes->size()) +
                                       " bytes instead of the result block"};
    }
    return bytes;
  }

  // The line broke. QEMU aborts on a lock-up (a fault inside the fault handler), which is the
  // image's doing; everything else is ours.
  BoardFailure Ended(const Error& error, ChildProcess* child) {
    constexpr int kAborted = 128 + 6;
    if (!child->WaitFor(kAnswerLimit))
      return BoardFailure{FailureKind::kTransferError, error.message};
    if (child->exit_code() == kAborted && child->output().find("Lockup") != std::string::npos) {
      return {FailureKind::kHardFault, "the core locked up: " + child->output().substr(0, 300)};
    }
    return BoardFailure{FailureKind::kTransferError, "QEMU ended with code " +
                                                         std::to_string(*child->exit_code()) +
                                                         ": " + child->output().substr(0, 300)};
  }

  const RunRequest& request_;
  const StopToken& stop_;
  Clock::time_point deadline_;
};

class QemuRunner : public Runner {
 public:
  explicit QemuRunner(const std::string& machine) : machine_(machine) {}

  RunReport Run(const RunRequest& request, const StopToken& stop) override {
    if (tool_.empty()) Probe();
    RunReport report = Attempt(request, stop).Run(machine_);
    report.tool = tool_ + " " + machine_;
    return report;
  }

  std::string Probe() override {
    if (FindProgram(kProgram).empty()) {
      return std::string(kProgram) + " is not installed (apt-get install qemu-system-arm)";
    }
    if (!tool_.empty()) return "";
    ProcessRequest request;
    request.arguments = {kProgram, "-M", machine_, "-version"};
    request.time_limit = kVersionLimit;
    const Expected<ProcessResult> result = RunProcess(request);
    if (!result.ok()) return result.error().message;
    tool_ = result->output.substr(0, result->output.find('\n'));
    return "";
  }

 private:
  const std::string machine_;
  std::string tool_;  // version line, asked for once
};

}  // namespace

std::unique_ptr<Runner> MakeQemuRunner(const RunnerConfig& config) {
  return std::make_unique<QemuRunner>(config.machine);
}

}  // namespace mcunas
