// Agent: one bench served over HTTP. Puts stores, dispatcher and server together.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "board_agent/bench/bench_config.h"
#include "board_agent/server/http_server.h"
#include "common/expected.h"

namespace mcunas {

struct AgentOptions {
  BenchFile bench;
  std::filesystem::path state_folder;  // jobs.db, blobs/, logs/, work/; one agent at a time
  HttpOptions http;
};

// Makes what drives one board; MakeRunner in the real agent, a fake in tests.
using RunnerFactory = std::function<Expected<std::unique_ptr<Runner>>(const BoardConfig&)>;

class Agent {
 public:
  // Recovers the jobs of the last run, starts the workers, then serves. kUnavailable when another
  // agent uses the same state folder.
  static Expected<std::unique_ptr<Agent>> Start(AgentOptions options,
                                                const RunnerFactory& make_runner);
  ~Agent();  // as Stop()

  uint16_t port() const;
  // Running attempts are stopped and their jobs queued again for the next start.
  void Stop();

 private:
  struct State;
  explicit Agent(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mcunas
