// Which boards of an agent the command line means, and whether one of them can run now.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "board_agent/client/agent_client.h"
#include "board_agent/client/config.h"
#include "common/expected.h"
#include "common/stop.h"

namespace mcunas {

struct BoardQuery {
  std::string agent;       // address
  std::string board;       // a board's name or a profile; empty: the agent's only board
  std::string token_file;  // with the agent's Bearer token; empty: none is sent
};

// One board, or all boards of a profile; never empty. kUnavailable where the agent is away,
// kNotFound where it has no such board (the message names the nearest and all), kUsage where it has
// several and none was named.
Expected<std::vector<BoardInfo>> FindBoards(const BoardQuery& query);

// The first of them that is idle, busy or under suspicion. kUnavailable where all are missing or
// out of service: nobody should wait for a board that lies in a drawer.
Expected<BoardInfo> ChooseBoard(const BoardQuery& query);

// ChooseBoard, again and again until `deadline` where agent or board is away; says at once and
// every few seconds that it waits, and what for. kUnavailable then, kInterrupted where `stop`
// strikes.
Expected<BoardInfo> AwaitBoard(const BoardQuery& query,
                               std::chrono::steady_clock::time_point deadline,
                               const StopToken& stop);

// Does one of the agents have a board of every class that an experiment's bench names? kNotFound
// names the class that none has, kUnavailable the agent that is away and may have it, kUsage the
// board that is no class.
Expected<void> CheckBench(const BenchConfig& bench);

}  // namespace mcunas
