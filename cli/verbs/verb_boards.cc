#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "board_agent/client/agent_client.h"
#include "cli/verbs.h"

namespace mcunas {
namespace {

struct Options {
  std::vector<std::string> agents = {"http://127.0.0.1:8801"};
  std::string token_file;
};

int ShowBoards(const Options& options) {
  const auto token = ReadTokenFile(options.token_file);
  if (!token) return ReportError(token.error());
  for (const std::string& agent : options.agents) {
    const auto boards = ListBoards(agent, *token);
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
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("boards", "the boards of running agents and their state");
  verb->footer("Example: mcunas boards http://127.0.0.1:8801");
  verb->add_option("agents", options->agents, "addresses of agents");
  verb->add_option("--token-file", options->token_file, "file with the agents' Bearer token");
  verb->callback(
      [&invocation, options] { invocation.action = [options] { return ShowBoards(*options); }; });
}

}  // namespace mcunas
