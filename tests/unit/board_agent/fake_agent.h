// A whole agent on loopback with fake boards, for tests of HTTP and of the client.
#pragma once

#include "board_agent/server/agent.h"
#include "tests/unit/board_agent/fake_runner.h"

namespace mcunas {

// The real agent, fake boards. `port` 0: any free one.
inline Expected<std::unique_ptr<Agent>> StartFakeAgent(FakeBench* bench, const BenchFile& file,
                                                       const std::filesystem::path& state,
                                                       const HttpOptions& http = {}) {
  AgentOptions options;
  options.bench = file;
  options.state_folder = state;
  options.http = http;
  return Agent::Start(
      options, [bench](const BoardConfig& board) -> Expected<std::unique_ptr<Runner>> {
        return std::unique_ptr<Runner>(std::make_unique<FakeRunner>(bench, board.name));
      });
}

}  // namespace mcunas
