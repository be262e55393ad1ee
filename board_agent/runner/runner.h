// Runner: puts one firmware image on one board and brings the result block back, whatever happens.
//
// A runner never trusts exit codes: success is a result block with the right magic, version, nonce
// and crc. It never hangs: the whole child process group is killed at the time limit. Thread rule:
// one Run at a time per board; different boards in parallel.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/board_failure.h"
#include "common/expected.h"
#include "common/hash.h"
#include "firmware/harness/result_block.h"

namespace mcunas {

class StopToken;  // common/stop.h

// What the result block of one attempt must say; what is not given may be anything.
struct BlockExpectation {
  uint32_t nonce = 0;  // fresh per attempt; echoed by the firmware
  std::optional<Hash128> network;
  std::optional<uint32_t> output_crc32;  // IEEE 802.3, of the golden output
  int repetitions = 0;                   // at least
  bool profile = false;                  // ticks of every operator
};

struct RunRequest {
  std::filesystem::path elf;  // absolute, like work_folder: tools have folders of their own
  BlockExpectation expected;
  std::chrono::milliseconds time_limit{30'000};
  std::filesystem::path work_folder;  // private to this attempt, empty, removed by the caller
};

struct RunReport {
  std::variant<mcu_result_block, BoardFailure> result;  // the block as expected, or why not
  std::string tool;                                     // program, version and machine or target
  std::string log;                                      // what the tools printed, capped
};

class Runner {
 public:
  virtual ~Runner() = default;
  virtual RunReport Run(const RunRequest& request, const StopToken& stop) = 0;
  // Cheap look: is the board there? Empty when it is, else why not.
  virtual std::string Probe() = 0;
};

}  // namespace mcunas
