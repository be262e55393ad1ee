// BoardFailure: why a firmware image gave no result on a board - one list of kinds for runners,
// agent, client and search.
//
// Every kind has one row: its name on the wire, what follows from it, and one line for people.
// Thread rule: plain values and pure functions.
#pragma once

#include <string>
#include <string_view>

namespace mcunas {

enum class FailureKind {
  // Facts about the network.
  kHardFault,
  kMpuFault,
  kStackOverflow,
  kRunFailed,
  kWrongOutput,
  kCandidateTimeout,
  // The image is not what the job says; nothing is known about the network.
  kBadImage,
  kWrongImage,
  // The bench.
  kProbeMissing,
  kFlashFailed,
  kVerifyFailed,
  kStaleResult,
  kTransferError,
  kToolMissing,
  kToolTimeout,
  kWrongBoard,
  kAgentRestarted,
  kKeyConflict,
  kCancelled,
  kExpired,
  kUnknown,  // of a newer agent; its name stands in the message
};

// What follows from a failure.
enum class FailureBlame {
  kCandidate,  // counts against the network; happens again on every board
  kImage,      // counts against nobody, but another attempt would end the same
  kBench,      // delays only: another attempt, perhaps on another board
};

struct FailureRow {
  FailureKind value;
  const char* name;  // part of the wire protocol and of study.db
  FailureBlame blame;
  const char* explanation;
};

inline constexpr FailureRow kFailures[] = {
    {FailureKind::kHardFault, "hard_fault", FailureBlame::kCandidate, "the core faulted"},
    {FailureKind::kMpuFault, "mpu_fault", FailureBlame::kCandidate,
     "access outside the board's SRAM"},
    {FailureKind::kStackOverflow, "stack_overflow", FailureBlame::kCandidate,
     "the stack outgrew its place"},
    {FailureKind::kRunFailed, "run_failed", FailureBlame::kCandidate,
     "the network's run function returned an error"},
    {FailureKind::kWrongOutput, "wrong_output", FailureBlame::kCandidate,
     "the output differs from the golden bytes"},
    {FailureKind::kCandidateTimeout, "candidate_timeout", FailureBlame::kCandidate,
     "no result within the time limit"},
    {FailureKind::kBadImage, "bad_image", FailureBlame::kImage,
     "the image cannot be run or lacks what the job needs"},
    {FailureKind::kWrongImage, "wrong_image", FailureBlame::kImage,
     "the image holds another network than the job names"},
    {FailureKind::kProbeMissing, "probe_missing", FailureBlame::kBench,
     "the debug probe is not there"},
    {FailureKind::kFlashFailed, "flash_failed", FailureBlame::kBench,
     "the flash could not be written"},
    {FailureKind::kVerifyFailed, "verify_failed", FailureBlame::kBench,
     "the flash does not hold the image that was built"},
    {FailureKind::kStaleResult, "stale_result", FailureBlame::kBench,
     "the board shows the result of another attempt"},
    {FailureKind::kTransferError, "transfer_error", FailureBlame::kBench,
     "memory of the board could not be read or written"},
    {FailureKind::kToolMissing, "tool_missing", FailureBlame::kBench,
     "emulator or probe software does not run"},
    {FailureKind::kToolTimeout, "tool_timeout", FailureBlame::kBench,
     "emulator or probe software was too slow"},
    {FailureKind::kWrongBoard, "wrong_board", FailureBlame::kBench, "another chip is at the probe"},
    {FailureKind::kAgentRestarted, "agent_restarted", FailureBlame::kBench,
     "the agent died in mid-run too often"},
    {FailureKind::kKeyConflict, "key_conflict", FailureBlame::kBench,
     "the key belongs to another job of the agent"},
    {FailureKind::kCancelled, "cancelled", FailureBlame::kBench,
     "somebody cancelled the job on the agent"},
    {FailureKind::kExpired, "expired", FailureBlame::kBench, "the job waited too long for a board"},
    {FailureKind::kUnknown, "unknown", FailureBlame::kBench,
     "a kind that this version does not know"},
};

const char* FailureKindName(FailureKind kind);
// kUnknown for a name that no row has.
FailureKind FailureKindFromName(std::string_view name);

// Is it a fact about the network? "candidate" on the wire; everything else is "infrastructure".
bool BlamesCandidate(FailureKind kind);
// May another attempt end otherwise?
bool IsWorthRetrying(FailureKind kind);
// "candidate" or "infrastructure".
const char* FailureSideName(FailureKind kind);

struct BoardFailure {
  FailureKind kind = FailureKind::kUnknown;
  std::string message;  // one sentence for a person

  bool operator==(const BoardFailure&) const = default;
};

// "hard_fault: message".
std::string TextOf(const BoardFailure& failure);

}  // namespace mcunas
