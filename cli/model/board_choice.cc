#include "cli/model/board_choice.h"

#include <algorithm>
#include <thread>

#include "common/log.h"
#include "common/text.h"

namespace mcunas {
namespace {

std::string BoardList(const std::vector<BoardInfo>& boards) {
  std::vector<std::string> names;
  for (const BoardInfo& board : boards) {
    names.push_back(board.name == board.board_class ? board.name
                                                    : board.name + " (" + board.board_class + ")");
  }
  return Join(names, ", ");
}

Expected<std::vector<BoardInfo>> Matching(const std::vector<BoardInfo>& boards,
                                          const BoardQuery& query) {
  if (boards.empty()) return Error{ErrorCode::kNotFound, "agent " + query.agent + " has no boards"};
  if (query.board.empty()) {
    if (boards.size() == 1) return boards;
    return Error{ErrorCode::kUsage,
                 "agent " + query.agent +
                     " has several boards; say --board with one of: " + BoardList(boards)};
  }
  std::vector<BoardInfo> found;
  std::vector<std::string> names;
  for (const BoardInfo& board : boards) {
    if (board.name == query.board || board.board_class == query.board) found.push_back(board);
    names.push_back(board.name);
    names.push_back(board.board_class);
  }
  if (!found.empty()) return found;
  const std::string nearest = NearestName(query.board, names);
  return Error{ErrorCode::kNotFound,
               "agent " + query.agent + " has no board '" + query.board + "'" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
                   " (it has: " + BoardList(boards) + ")"};
}

bool Usable(const BoardInfo& board) {
  return board.state == "idle" || board.state == "busy" || board.state == "suspect";
}

// Between two looks for a board that is away, and between two lines that say so.
constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::seconds kNews{5};

// Finalists are compiled for a class of boards: one name in bench.boards, one build.
Expected<void> CheckIsClass(const BoardInfo& found, const std::string& board) {
  if (found.board_class == board) return {};
  return Error{ErrorCode::kUsage, "bench.boards: '" + board + "' is one board; name its class, '" +
                                      found.board_class + "'"};
}

Expected<void> CheckBoard(const BenchConfig& bench, const std::string& board) {
  Error reason{ErrorCode::kUsage, "bench.agents names no agent"};
  for (const std::string& agent : bench.agents) {
    const auto found = FindBoards({agent, board, bench.token_file});
    if (found) return CheckIsClass(found->front(), board);
    // An agent that is away may have what the others lack.
    if (reason.code != ErrorCode::kUnavailable) reason = found.error();
  }
  return reason.WithContext("bench");
}

}  // namespace

Expected<void> CheckBench(const BenchConfig& bench) {
  for (const std::string& board : bench.boards) {
    if (auto found = CheckBoard(bench, board); !found) return found;
  }
  return {};
}

Expected<std::vector<BoardInfo>> FindBoards(const BoardQuery& query) {
  const auto token = ReadTokenFile(query.token_file);
  if (!token) return token.error();
  const auto boards = ListBoards(query.agent, *token);
  if (!boards) return boards.error();
  return Matching(*boards, query);
}

Expected<BoardInfo> ChooseBoard(const BoardQuery& query) {
  const auto matching = FindBoards(query);
  if (!matching) return matching.error();
  const auto usable = std::find_if(matching->begin(), matching->end(), Usable);
  if (usable != matching->end()) return *usable;
  const BoardInfo& first = matching->front();
  return Error{ErrorCode::kUnavailable, "board " + first.name + " of " + query.agent + " is " +
                                            first.state +
                                            (first.reason.empty() ? "" : ": " + first.reason)};
}

Expected<BoardInfo> AwaitBoard(const BoardQuery& query,
                               std::chrono::steady_clock::time_point deadline,
                               const StopToken& stop) {
  auto news = std::chrono::steady_clock::now();
  while (true) {
    auto chosen = ChooseBoard(query);
    const auto now = std::chrono::steady_clock::now();
    const bool may_come = !chosen && chosen.error().code == ErrorCode::kUnavailable;
    if (!may_come || now + kLook >= deadline) return chosen;
    if (stop.stop_requested())
      return Error{ErrorCode::kInterrupted, "stopped while waiting for a board"};
    if (now >= news) {
      const double left = std::chrono::duration<double>(deadline - now).count();
      LogInfo("waiting for up to " + FixedPoint(left, 0) + " s: " + chosen.error().message);
      news = now + kNews;
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace mcunas
