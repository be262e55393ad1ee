// An agent process with fake boards that a test may kill at any moment.
//   mcunas-fake-agent STATE_FOLDER PORT LEDGER
// Appends "NETWORK NONCE" to LEDGER at the start of every run and prints "listening on URL".
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "board_agent/server/agent.h"
#include "common/stop.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {
namespace {

class LedgerRunner : public FakeRunner {
 public:
  LedgerRunner(FakeBench* bench, const std::string& board, int ledger)
      : FakeRunner(bench, board), ledger_(ledger) {}

  RunReport Run(const RunRequest& request, const StopToken& stop) override {
    std::ifstream file(request.elf);
    std::string hash;
    file >> hash;
    const std::string line = hash + " " + std::to_string(request.expected.nonce) + "\n";
    if (write(ledger_, line.data(), line.size()) < 0) std::cerr << "ledger: write failed\n";
    return FakeRunner::Run(request, stop);
  }

 private:
  int ledger_;  // O_APPEND: one write is one line, also from several threads
};

int Main(const std::string& state, int port, const char* ledger_path) {
  static FakeBench bench;
  static StopToken stop;
  StopOnSignals(&stop);
  const int ledger = open(ledger_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  AgentOptions options;
  options.bench = FakeBenchFile();
  options.bench.restarts = 100;  // the test kills more often than any machine dies
  options.state_folder = state;
  options.http.port = static_cast<uint16_t>(port);
  auto agent =
      Agent::Start(options, [&](const BoardConfig& board) -> Expected<std::unique_ptr<Runner>> {
        return std::unique_ptr<Runner>(std::make_unique<LedgerRunner>(&bench, board.name, ledger));
      });
  if (!agent.ok()) {
    std::cerr << agent.error().message << "\n";
    return ExitCodeFor(agent.error().code);
  }
  std::cout << "listening on http://127.0.0.1:" << (*agent)->port() << std::endl;
  while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  (*agent)->Stop();
  return 0;
}

}  // namespace
}  // namespace mcunas

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return mcunas::Main(argv[1], std::atoi(argv[2]), argv[3]);
}
