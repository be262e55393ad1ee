// BoardInfo: one board of an agent as its clients see it, and its strict JSON form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/expected.h"

namespace mcunas {

// One board as GET /v1/boards lists it.
struct BoardInfo {
  std::string name;
  std::string board_class;
  bool is_virtual = false;
  std::string state;   // idle, busy, suspect, quarantined, draining, missing
  std::string reason;  // why it is not usable; empty when it is
  std::string description;
  std::string job;             // id of the job on it; empty when none
  int64_t jobs_done = 0;       // since the agent started: results and candidate failures
  int64_t infra_failures = 0;  // since the agent started
  int64_t queued = 0;          // jobs that this board could take now

  bool operator==(const BoardInfo&) const = default;
};

// {"boards": [...]}
std::string BoardsToJson(const std::vector<BoardInfo>& boards);
Expected<std::vector<BoardInfo>> BoardsFromJson(std::string_view text);

}  // namespace mcunas
