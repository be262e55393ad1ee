#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "board_agent/client/agent_client.h"
#include "cli/model/board_choice.h"
#include "cli/model/compile_model.h"
#include "cli/model/scratch_folder.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "common/names.h"
#include "common/stop.h"
#include "common/text.h"
#include "nas/evaluate/cycle_estimate.h"
#include "network/hash_network.h"

namespace mcunas {
namespace {

struct Options {
  CompileOptions compile;
  std::string agent = "http://127.0.0.1:8801";
  std::string board;  // empty: the agent's only one
  std::string token_file;
  std::string output;  // empty: nothing is kept
  int repetitions = 20;
  double timeout_s = 60;
  double wait_s = 0;  // 0: for as long as it takes, but not for who is away from the start
  bool json = false;
};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none: no limit

Deadline DeadlineOf(const Options& options) {
  if (options.wait_s == 0) return {};
  return std::chrono::steady_clock::now() +
         std::chrono::milliseconds(static_cast<int64_t>(1e3 * options.wait_s));
}

struct Measured {
  BoardProfile profile;  // of the board's class
  CompiledModel model;
  FirmwareImage image;
  MeasurementOutcome outcome;
};

// While a measurement waits: says every few seconds what the board does, hands on Ctrl-C and ends
// the waiting at its limit.
class Watch {
 public:
  Watch(BoardQuery query, const Deadline& deadline, const StopToken& user)
      : query_(std::move(query)), deadline_(deadline), user_(user), thread_([this] { Run(); }) {}
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  const StopToken& stop() const { return stop_; }
  bool out_of_time() const { return stop_.stop_requested() && !user_.stop_requested(); }

 private:
  void Run() {
    double seconds = 0;
    double told = 0;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kLook, [this] { return done_; })) {
      seconds += std::chrono::duration<double>(kLook).count();
      const bool late = deadline_ && std::chrono::steady_clock::now() >= *deadline_;
      if (user_.stop_requested() || late) return stop_.RequestStop();
      if (seconds - told < kNewsSeconds) continue;
      told = seconds;
      lock.unlock();
      Tell(seconds);
      lock.lock();
    }
  }

  void Tell(double seconds) const {
    const auto boards = FindBoards(query_);
    const std::string waited = "waiting for " + FixedPoint(seconds, 0) + " s: ";
    if (!boards) return LogInfo(waited + boards.error().message);
    for (const BoardInfo& board : *boards) {
      LogInfo(waited + "board " + board.name + " is " + board.state + ", " +
              std::to_string(board.queued) + " jobs wait for it" +
              (board.reason.empty() ? "" : ": " + board.reason));
    }
  }

  static constexpr std::chrono::milliseconds kLook{100};
  static constexpr double kNewsSeconds = 5;
  const BoardQuery query_;
  const Deadline deadline_;
  const StopToken& user_;
  StopToken stop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

// Unlike a search, who measures by hand wants a new run every time.
std::string FreshKey() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return "measure-" + std::to_string(now.count()) + "-" + std::to_string(getpid());
}

// Where a measurement goes and how long it may take.
struct Destination {
  std::string board;
  Deadline deadline;
};

Expected<MeasurementOutcome> Send(const FirmwareRequest& firmware, const FirmwareImage& image,
                                  const Destination& to, const Options& options,
                                  const StopToken& stop) {
  BenchConfig bench;
  bench.agents = {options.agent};
  bench.timeout_s = options.timeout_s;
  bench.token_file = options.token_file;
  auto client = AgentClient::Create(bench);
  if (!client) return client.error();
  MeasurementRequest request;
  request.network_hash = firmware.network_hash;
  request.board = to.board;
  request.elf_path = image.elf_path;
  request.golden_output.assign(firmware.golden_output.begin(), firmware.golden_output.end());
  request.repetitions = options.repetitions;
  request.idempotency_key = FreshKey();
  const Watch watch({options.agent, to.board, options.token_file}, to.deadline, stop);
  auto outcomes = (*client)->Measure({&request, 1}, watch.stop());
  if (!outcomes && watch.out_of_time()) {
    return Error{ErrorCode::kUnavailable, "board " + to.board + " of " + options.agent +
                                              " had no result within --wait " +
                                              FixedPoint(options.wait_s, 0) + " seconds"};
  }
  if (!outcomes) return outcomes.error();
  return std::move(outcomes->front());
}

// Without --wait nobody waits for an agent or a board that is away.
Expected<BoardInfo> FindBoard(const Options& options, const Deadline& deadline,
                              const StopToken& stop) {
  const BoardQuery query{options.agent, options.board, options.token_file};
  return deadline ? AwaitBoard(query, *deadline, stop) : ChooseBoard(query);
}

Expected<Measured> MeasureModel(const Options& options, const StopToken& stop) {
  Deadline deadline = DeadlineOf(options);
  const auto board = FindBoard(options, deadline, stop);
  if (!board) return board.error();
  const auto found = std::chrono::steady_clock::now();
  auto profile = LoadBoardProfile(board->board_class);
  if (!profile) return profile.error();
  CompileOptions compile = options.compile;
  compile.board = profile->name;
  auto model = CompileModel(compile);
  if (!model) return model.error();
  const ScratchFolder scratch("measure");
  const std::string folder = options.output.empty() ? scratch.path() : options.output;
  const FirmwareRequest firmware =
      TestImage(*model, {*profile, compile.seed, options.repetitions, folder});
  auto image = BuildFirmware(firmware);
  if (!image) return image.error();
  const std::string name = options.board.empty() ? board->name : options.board;
  LogInfo("image of " + std::to_string(image->flash.value) + " bytes built, sent to " + name +
          " of " + options.agent);
  if (deadline) *deadline += std::chrono::steady_clock::now() - found;  // building is no waiting
  auto outcome = Send(firmware, *image, {name, deadline}, options, stop);
  if (!outcome) return outcome.error();
  return Measured{std::move(*profile), std::move(*model), std::move(*image), std::move(*outcome)};
}

double Milliseconds(const Measured& m, const Measurement& result) {
  return LatencyMs(m.model.quantized.network, result, m.profile);
}

void PrintJson(const Measured& m, const Measurement& result, const Options& options) {
  nlohmann::ordered_json json;
  json["network"] = m.model.quantized.network.name;
  json["hash"] = NetworkHash(m.model.quantized.network).Hex();
  json["agent"] = options.agent;
  json["board"] = result.board;
  json["source"] = SourceName(result.source);
  json["tool"] = result.tool;
  json["toolchain"] = m.image.toolchain;
  json["rounding"] = NameOf(kRoundingModes, options.compile.rounding);
  json["bit_exact"] = true;
  json["unit"] = result.unit;
  json["ticks"] = {{"median", result.median_ticks()},
                   {"min", result.min_ticks()},
                   {"max", result.max_ticks()},
                   {"all", result.ticks}};
  json["operator_ticks"] = result.operator_ticks;
  json["warmup"] = result.warmup;
  json["clock_hz"] = result.clock_hz;
  json["latency_ms"] = Milliseconds(m, result);
  if (result.source != Source::kMeasured) json["latency_relative_error"] = m.profile.cycles_error;
  json["arena_bytes"] = {{"model", (m.model.memory.arena + m.model.memory.scratch).value},
                         {"elf", m.image.arena.value},
                         {"touched", result.arena_peak_bytes}};
  json["stack_bytes"] = result.stack_peak_bytes;
  json["flash_bytes"] = m.image.flash.value;
  json["code_bytes"] = m.image.code.value;
  std::printf("%s\n", json.dump(2).c_str());
}

void PrintText(const Measured& m, const Measurement& result, const Options& options) {
  const bool measured = result.source == Source::kMeasured;
  std::printf("%s on %s of %s: output equals the reference\n",
              m.model.quantized.network.name.c_str(), result.board.c_str(), options.agent.c_str());
  std::printf("  %-8s %s %s, median of %zu (%s to %s), %s\n", "ticks",
              GroupedDigits(result.median_ticks()).c_str(), result.unit.c_str(),
              result.ticks.size(), GroupedDigits(result.min_ticks()).c_str(),
              GroupedDigits(result.max_ticks()).c_str(), SourceName(result.source));
  std::printf("  %-8s %s ms", "latency", FixedPoint(Milliseconds(m, result), 3).c_str());
  if (measured) {
    std::printf(" at %s MHz, measured\n",
                FixedPoint(static_cast<double>(result.clock_hz) / 1e6, 0).c_str());
  } else {
    std::printf(" at %s MHz, an estimate, give or take %.0f %% (docs/cycle-model.md)\n",
                FixedPoint(static_cast<double>(m.profile.clock_hz) / 1e6, 0).c_str(),
                100 * m.profile.cycles_error);
  }
  std::printf("  %-8s arena %s bytes, %s touched; stack %s bytes\n", "SRAM",
              GroupedDigits(m.image.arena.value).c_str(),
              GroupedDigits(result.arena_peak_bytes).c_str(),
              GroupedDigits(result.stack_peak_bytes).c_str());
  std::printf("  %-8s %s bytes, %s of them code\n", "flash",
              GroupedDigits(m.image.flash.value).c_str(),
              GroupedDigits(m.image.code.value).c_str());
  std::printf("  %-8s %s; %s\n", "tools", result.tool.c_str(), m.image.toolchain.c_str());
}

// What the bench itself could not do may work later; what the image did will happen again.
int ReportFailure(const BoardFailure& failure, const Options& options) {
  const std::string kind = FailureKindName(failure.kind);
  const std::string cause = FailureSideName(failure.kind);
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"failure", {{"class", cause}, {"kind", kind}, {"message", failure.message}}}};
    std::printf("%s\n", json.dump(2).c_str());
  }
  return ReportError({IsWorthRetrying(failure.kind) ? ErrorCode::kUnavailable : ErrorCode::kBoard,
                      kind + " (" + cause + "): " + failure.message});
}

int Measure(const Options& options, const StopToken& stop) {
  const auto measured = MeasureModel(options, stop);
  if (!measured) return ReportError(measured.error());
  if (const auto* failure = std::get_if<BoardFailure>(&measured->outcome))
    return ReportFailure(*failure, options);
  const auto& result = std::get<Measurement>(measured->outcome);
  if (options.json) {
    PrintJson(*measured, result, options);
  } else {
    PrintText(*measured, result, options);
  }
  return 0;
}

}  // namespace

void AddMeasureVerb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("measure", "run a network on a board of an agent");
  verb->footer(
      "Example: mcunas measure model.tflite --agent http://127.0.0.1:8801 --board qemu-m7\n"
      "Exit codes: 0 measured, 2 wrong call or model, 3 does not fit, 4 failed on the board,\n"
      "            75 agent or board is away, 130 interrupted");
  AddModelOptions(verb, &options->compile);
  verb->add_option("--agent", options->agent, "address of the agent")->capture_default_str();
  verb->add_option("--board", options->board,
                   "board of the agent, or a profile: any board of that kind; may be left out "
                   "where the agent has one board");
  verb->add_option("--repetitions", options->repetitions, "timed inferences")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  verb->add_option("--timeout", options->timeout_s, "seconds that one attempt on a board may take")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  verb->add_option("--wait", options->wait_s,
                   "seconds after which to give up with exit code 75, also on an agent or board "
                   "that is away; 0 = wait for as long as it takes, but not for one that is away")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb->add_option("--token-file", options->token_file, "file with the agent's Bearer token");
  verb->add_option("-o,--output", options->output, "folder that keeps sources and ELF");
  verb->add_flag("--json", options->json, "machine-readable");
  verb->callback([&invocation, options] {
    invocation.action = [&invocation, options] { return Measure(*options, *invocation.stop); };
  });
}

}  // namespace mcunas
