// mcunas-agent: serves the boards of one bench file over HTTP until it is told to stop.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "board_agent/bench/bench_config.h"
#include "board_agent/server/agent.h"
#include "common/file.h"
#include "common/log.h"
#include "common/names.h"
#include "common/stop.h"
#include "common/text.h"

namespace mcunas {
namespace {

constexpr const char* kExamples = R"(Examples:
  mcunas-agent --bench configs/benches/local-virtual.yaml            serve two emulated boards
  mcunas-agent --bench my-bench.yaml --check                         is everything there?
  mcunas-agent --bench my-bench.yaml --bind 0.0.0.0 --token-file F   serve a lab network
  curl http://127.0.0.1:8801/v1/boards                               look at the boards

Exit codes: 0 ended on request, 2 wrong usage or bench file, 4 a board or tool is missing (--check),
75 the port or the state folder is taken.)";

struct CommandLine {
  std::string bench;
  std::string bind = "127.0.0.1";
  uint16_t port = 8801;
  std::string token_file;
  std::string state;
  bool check = false;
};

std::filesystem::path DefaultStateFolder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    return std::filesystem::path(state) / "mcunas-agent";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / ".local/state/mcunas-agent";
}

int Fail(const Error& error) {
  std::cerr << "mcunas-agent: " << error.message << "\n";
  return ExitCodeFor(error.code);
}

Expected<std::unique_ptr<Runner>> MakeBoardRunner(const BoardConfig& board) {
  return MakeRunner(board.runner);
}

// Every board is asked for; all answers are shown. Exit 0 or 4.
int Check(const BenchFile& bench) {
  bool all_there = true;
  for (const BoardConfig& board : bench.boards) {
    const Expected<std::unique_ptr<Runner>> runner = MakeBoardRunner(board);
    if (!runner.ok()) return Fail(runner.error().WithContext("board " + board.name));
    std::string trouble = (*runner)->Probe();
    std::error_code failed;
    if (trouble.empty() && !board.canary.empty() &&
        !std::filesystem::exists(board.canary, failed)) {
      trouble = "the canary image " + board.canary + " does not exist";
    }
    std::cout << (trouble.empty() ? "ok      " : "MISSING ") << board.name << " ("
              << board.board_class << ", " << NameOf(kRunnerKinds, board.runner.kind) << ")"
              << (trouble.empty() ? "" : ": " + trouble) << "\n";
    all_there = all_there && trouble.empty();
  }
  return all_there ? 0 : ExitCodeFor(ErrorCode::kBoard);
}

// One descriptor per connection: take what the system allows, up to what the server uses.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 4096));
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Serve(const CommandLine& command, const BenchFile& bench) {
  AgentOptions options;
  options.bench = bench;
  options.state_folder =
      command.state.empty() ? DefaultStateFolder() : std::filesystem::path(command.state);
  options.http.bind = command.bind;
  options.http.port = command.port;
  if (!command.token_file.empty()) {
    const Expected<std::string> token = ReadFile(command.token_file);
    if (!token.ok()) return Fail(token.error().WithContext("--token-file"));
    options.http.token = Trim(*token);
    if (options.http.token.empty()) {
      return Fail({ErrorCode::kUsage, "--token-file " + command.token_file + " is empty"});
    }
  }
  static StopToken stop;
  StopOnSignals(&stop);
  RaiseFileLimit();
  Expected<std::unique_ptr<Agent>> agent = Agent::Start(options, MakeBoardRunner);
  if (!agent.ok()) return Fail(agent.error());
  const bool is_ipv6 = command.bind.find(':') != std::string::npos;
  const std::string address = "http://" + (is_ipv6 ? "[" + command.bind + "]" : command.bind) +
                              ":" + std::to_string((*agent)->port());
  std::cout << "listening on " << address << std::endl;  // scripts wait for this line
  LogInfo("serving " + std::to_string(bench.boards.size()) + " boards of bench '" + bench.name +
          "' on " + address + "; state in " + options.state_folder.string());
  while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  LogInfo("stopping; unfinished jobs continue at the next start");
  (*agent)->Stop();
  return 0;
}

int Main(int argc, char** argv) {
  CommandLine command;
  CLI::App app("mcunas-agent runs firmware on the boards of one bench and serves the results.");
  app.footer(kExamples);
  app.add_option("--bench", command.bench, "bench file: the boards (configs/benches/*.yaml)")
      ->required();
  app.add_option("--port", command.port,
                 "TCP port; 0 = any free one, shown by the line 'listening on'")
      ->capture_default_str();
  app.add_option("--bind", command.bind, "IP address to listen on; beyond loopback needs a token")
      ->capture_default_str();
  app.add_option("--token-file", command.token_file,
                 "file with the Bearer token clients must send");
  app.add_option("--state", command.state,
                 "folder of jobs and images (default: $XDG_STATE_HOME/mcunas-agent)");
  app.add_flag("--check", command.check, "only check the bench file, the tools and the boards");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : ExitCodeFor(ErrorCode::kUsage);
  }
  const Expected<BenchFile> bench = LoadBenchFile(command.bench);
  if (!bench.ok()) return Fail(bench.error());
  return command.check ? Check(*bench) : Serve(command, *bench);
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) { return mcunas::Main(argc, argv); }
