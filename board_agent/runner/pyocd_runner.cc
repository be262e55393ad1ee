#include "board_agent/runner/pyocd_runner.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "board_agent/runner/child_process.h"
#include "board_agent/runner/prepared_image.h"
#include "board_agent/runner/pyocd_output.h"
#include "board_agent/runner/result_judge.h"
#include "common/file.h"
#include "common/process.h"
#include "common/stop.h"

namespace mcunas {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Result = std::variant<mcu_result_block, BoardFailure>;

constexpr milliseconds kFirstWait{300};
constexpr milliseconds kWatchPause{20};
constexpr milliseconds kProbeLimit{20'000};
constexpr milliseconds kGoodbyeLimit{3'000};
constexpr milliseconds kWorthRetrying{2'000};
constexpr int kGentleClockHz = 1'000'000;
constexpr uint32_t kDeviceIdMask = 0xFFF;
constexpr size_t kDeviceIdBytes = 4;
constexpr char kImageName[] = "firmware.elf";
constexpr char kDeviceIdName[] = "device_id.bin";

std::string Hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

std::string BlockName(int look) { return "result_" + std::to_string(look) + ".bin"; }

// How the connection is made; the second way is the recovery.
struct Connection {
  const char* mode;
  int64_t frequency_hz;  // 0 = the probe's default
};

// The memory that a `savemem` command promised: empty until the file is there with its whole size.
std::vector<uint8_t> Artefact(const fs::path& file, size_t size) {
  const Expected<std::vector<uint8_t>> bytes = ReadBytes(file);
  return bytes.ok() && bytes->size() == size ? *bytes : std::vector<uint8_t>();
}

// load, reset, then looks at growing distances: reading over SWD steals bus slots from the
// measurement, so there are few of them, and a look comes at most once the waiting time again too
// late.
std::vector<std::string> RunCommands(uint32_t result_address, milliseconds time_limit, int* looks) {
  std::vector<std::string> commands = {std::string("load ") + kImageName, "reset", "go"};
  milliseconds waited{0};
  milliseconds wait = kFirstWait;
  for (*looks = 0; waited < time_limit; ++*looks) {
    commands.push_back("sleep " + std::to_string(wait.count()));
    commands.push_back("savemem " + Hex(result_address) + " " +
                       std::to_string(sizeof(mcu_result_block)) + " " + BlockName(*looks));
    waited += wait;
    wait = std::max(kFirstWait, waited / 2);
  }
  return commands;
}

// One attempt in its private folder.
class Attempt {
 public:
  Attempt(const RunnerConfig& config, const RunRequest& request, const StopToken& stop)
      : config_(config),
        request_(request),
        stop_(stop),
        folder_(fs::absolute(request.work_folder) / "pyocd"),
        deadline_(Clock::now() + request.time_limit) {}

  RunReport Run(const std::string& program) {
    RunReport report;
    report.result = Try(program);
    report.log = std::move(log_);
    return report;
  }

 private:
  Result Try(const std::string& program) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error)
      return BoardFailure{FailureKind::kTransferError, "cannot create " + folder_.string()};
    const auto image = PrepareImage(request_, folder_ / kImageName);
    if (const auto* failure = std::get_if<BoardFailure>(&image)) return *failure;
    const uint32_t address = std::get<PreparedImage>(image).result_address;
    Result result = Once(program, {"halt", config_.frequency_hz}, address);
    const auto* failure = std::get_if<BoardFailure>(&result);
    const bool again = failure && IsConnectionTrouble(*failure) && !stop_.stop_requested() &&
                       Clock::now() + kWorthRetrying < deadline_;
    if (!again) return result;
    log_ += "\n-- again, connecting under reset at 1 MHz --\n";
    return Once(program, {"under-reset", kGentleClockHz}, address);
  }

  Result Once(const std::string& program, const Connection& connection, uint32_t address) {
    if (auto wrong = CheckDevice(program, connection)) return *wrong;
    int looks = 0;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - Clock::now());
    const auto commands = RunCommands(address, left, &looks);
    for (int i = 0; i < looks; ++i) RemoveOld(BlockName(i));
    Expected<ChildProcess> child = Start(program, connection, commands);
    if (!child.ok()) return BoardFailure{FailureKind::kToolMissing, child.error().message};
    Result result = Watch(looks, &*child);
    // A tool that may be talking to a probe is asked to leave before it is killed.
    child->Interrupt();
    child->WaitFor(kGoodbyeLimit);
    child->Kill();
    log_ += child->output();
    return result;
  }

  Result Watch(int looks, ChildProcess* child) {
    BlockState last = BlockState::kNothing;
    int next = 0;
    for (;;) {
      const bool running = child->Running();
      for (; next < looks; ++next) {
        const auto bytes = Artefact(folder_ / BlockName(next), sizeof(mcu_result_block));
        if (bytes.empty()) break;
        last = ClassifyBlock(bytes, request_.expected.nonce);
        if (last == BlockState::kComplete) return JudgeBlock(bytes, request_.expected);
        // Damaged while it was read, perhaps: the next look decides.
        if (last == BlockState::kBroken && next + 1 == looks) {
          return JudgeBlock(bytes, request_.expected);
        }
      }
      if (!running) return Ended(next > 0, last, child);
      if (stop_.stop_requested())
        return BoardFailure{FailureKind::kToolTimeout, "stopped on request"};
      if (Clock::now() >= deadline_) return LimitStruck(next > 0, last, child);
      std::this_thread::sleep_for(kWatchPause);
    }
  }

  // The tool ended by itself and left no result.
  Result Ended(bool looked, BlockState last, ChildProcess* child) {
    const auto explained = ClassifyPyocdOutput(child->output());
    if (explained) return *explained;
    if (looked) return Silence(last);
    return BoardFailure{
        FailureKind::kTransferError,
        "pyOCD ended with code " + std::to_string(*child->exit_code()) + " and left no result"};
  }

  // A look at the board's memory came back, so load and reset are behind us and the image is to
  // blame.
  Result LimitStruck(bool looked, BlockState last, ChildProcess* child) {
    if (looked) return Silence(last);
    const auto explained = ClassifyPyocdOutput(child->output());
    if (explained) return *explained;
    return BoardFailure{FailureKind::kToolTimeout,
                        "pyOCD had not loaded the image within the time limit"};
  }

  static BoardFailure Silence(BlockState last) {
    if (last != BlockState::kBroken) return JudgeSilence(last);
    return BoardFailure{FailureKind::kTransferError,
                        "the result block came back damaged every time"};
  }

  std::optional<BoardFailure> CheckDevice(const std::string& program,
                                          const Connection& connection) {
    if (config_.device_id == 0 || config_.device_id_address == 0) return std::nullopt;
    RemoveOld(kDeviceIdName);
    const std::string command = "savemem " + Hex(static_cast<uint32_t>(config_.device_id_address)) +
                                " " + std::to_string(kDeviceIdBytes) + " " + kDeviceIdName;
    Expected<ChildProcess> child = Start(program, connection, {command});
    if (!child.ok()) return BoardFailure{FailureKind::kToolMissing, child.error().message};
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - Clock::now());
    const bool ended = child->WaitFor(left);
    child->Kill();
    log_ += child->output();
    const auto bytes = Artefact(folder_ / kDeviceIdName, kDeviceIdBytes);
    if (bytes.empty()) {
      const auto explained = ClassifyPyocdOutput(child->output());
      if (explained) return *explained;
      return BoardFailure{ended ? FailureKind::kTransferError : FailureKind::kToolTimeout,
                          "pyOCD could not read the device id"};
    }
    const uint32_t id = (bytes[0] | uint32_t{bytes[1]} << 8) & kDeviceIdMask;
    if (id == config_.device_id) return std::nullopt;
    return BoardFailure{FailureKind::kWrongBoard,
                        "the chip has device id " + Hex(id) + ", expected " +
                            Hex(static_cast<uint32_t>(config_.device_id)) +
                            "; nothing was written to it"};
  }

  Expected<ChildProcess> Start(const std::string& program, const Connection& connection,
                               const std::vector<std::string>& commands) {
    ChildOptions options;
    options.arguments = {program, "commander",         "-W", "--no-config",
                         "-j",    folder_.string(),    "-u", config_.probe_uid,
                         "-t",    config_.target,      "-O", "auto_unlock=false",
                         "-O",    "smart_flash=false", "-M", connection.mode};
    if (!config_.pack.empty()) {
      options.arguments.insert(options.arguments.end(), {"--pack", config_.pack});
    }
    if (connection.frequency_hz > 0) {
      options.arguments.insert(options.arguments.end(),
                               {"-f", std::to_string(connection.frequency_hz)});
    }
    for (const std::string& command : commands) {
      options.arguments.insert(options.arguments.end(), {"-c", command});
    }
    options.environment = ToolEnvironment();
    options.working_folder = folder_;
    return ChildProcess::Start(options);
  }

  void RemoveOld(const std::string& name) {
    std::error_code ignored;
    fs::remove(folder_ / name, ignored);
  }

  const RunnerConfig& config_;
  const RunRequest& request_;
  const StopToken& stop_;
  const fs::path folder_;  // also pyOCD's project folder: there is no pyocd_user.py to be run
  const Clock::time_point deadline_;
  std::string log_;
};

class PyocdRunner : public Runner {
 public:
  explicit PyocdRunner(const RunnerConfig& config) : config_(config) {}

  RunReport Run(const RunRequest& request, const StopToken& stop) override {
    RunReport report;
    if (FindTool().empty()) {
      report.result = BoardFailure{FailureKind::kToolMissing, MissingText()};
      return report;
    }
    report = Attempt(config_, request, stop).Run(program_);
    report.tool = "pyOCD " + version_ + " " + config_.target;
    return report;
  }

  std::string Probe() override {
    if (FindTool().empty()) return MissingText();
    ProcessRequest request;
    // Opens the probe without touching the board, and prints what it opened.
    request.arguments = {
        program_, "commander",    "-W", "--no-config",   "-N", "-u", config_.probe_uid,
        "-t",     config_.target, "-c", "show probe-uid"};
    request.time_limit = kProbeLimit;
    const Expected<ProcessResult> result = RunProcess(request);
    if (!result.ok()) return result.error().message;
    const std::string uid = config_.probe_uid.substr(config_.probe_uid.find(':') + 1);
    const bool shown = result->output.find("UID") != std::string::npos ||
                       result->output.find("Unique ID") != std::string::npos;
    if (shown && result->output.find(uid) != std::string::npos) return "";
    const auto explained = ClassifyPyocdOutput(result->output);
    return explained ? explained->message : "pyOCD does not see probe " + config_.probe_uid;
  }

 private:
  // The configured program, else the project's own, else the one in PATH. Empty: none.
  const std::string& FindTool() {
    if (!version_.empty()) return program_;
    const fs::path own = DataRoot() / ".venv/bin/pyocd";
    std::error_code ignored;
    program_ = !config_.pyocd.empty()     ? config_.pyocd
               : fs::exists(own, ignored) ? own.string()
                                          : FindProgram("pyocd");
    if (program_.empty()) return program_;
    ProcessRequest request;
    request.arguments = {program_, "--version"};
    request.time_limit = kProbeLimit;
    const Expected<ProcessResult> result = RunProcess(request);
    if (!result.ok() || result->exit_code != 0) {
      program_.clear();
    } else {
      version_ = result->output.substr(0, result->output.find('\n'));
    }
    return program_;
  }

  static std::string MissingText() {
    return "pyOCD does not run here (pip install pyocd==0.46.0 into the project's .venv)";
  }

  const RunnerConfig config_;
  std::string program_;
  std::string version_;
};

}  // namespace

std::unique_ptr<Runner> MakePyocdRunner(const RunnerConfig& config) {
  return std::make_unique<PyocdRunner>(config);
}

}  // namespace mcunas
