#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "board_agent/client/agent_client.h"
#include "cli/verbs.h"

namespace mcunas {
namespace {

int ShowBoards(const std::vector<std::string>& agents) {
  for (const std::string& agent : agents) {
    const auto boards = ListBoards(agent);
    if (!boards) return ReportError(boards.error());
    std::printf("%s\n", agent.c_str());
    for (const BoardInfo& board : *boards) {
      std::printf("  %-18s %-18s %-12s %s\n", board.name.c_str(), board.board_class.c_str(),
                  board.state.c_str(), board.reason.c_str());
    }
  }
  return 0;
}

}  // namespace

void AddBoardsVerb(CLI::App& app, Invocation& invocation) {
  auto agents =
      std::make_shared<std::vector<std::string>>(std::vector<std::string>{"http://127.0.0.1:8801"});
  CLI::App* verb = app.add_subcommand("boards", "the boards of running agents and their state");
  verb->footer("Example: mcunas boards http://127.0.0.1:8801");
  verb->add_option("agents", *agents, "addresses of agents");
  verb->callback(
      [&invocation, agents] { invocation.action = [agents] { return ShowBoards(*agents); }; });
}

}  // namespace mcunas
