// A bench without hardware: what a board does is written in the image or pushed by the test.
//
// An image is a text: 32 hexadecimal digits (the network it claims to hold), then optional words:
//   slow=MS   the run takes that long      fault=KIND   a candidate failure of that kind
#pragma once

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "board_agent/bench/bench_config.h"
#include "board_agent/runner/result_judge.h"
#include "common/hash.h"
#include "common/stop.h"
#include "tests/unit/board_agent/runner/make_block.h"
#include "tests/unit/common/temporary_folder.h"

namespace mcunas {

inline constexpr const char* kFakeHash = "0123456789abcdef0011223344556677";
inline constexpr uint32_t kFakeCrc = 0xCAFEF00D;

inline std::string FakeImage(const std::string& words = "", const std::string& hash = kFakeHash) {
  return hash + " " + words;
}

inline mcu_result_block FakeBlock(uint32_t nonce, const std::string& hash_hex = kFakeHash) {
  mcu_result_block block;
  std::memset(&block, 0, sizeof(block));
  Hash128 hash;
  ParseHash(hash_hex, &hash);
  block.magic = MCU_RESULT_MAGIC;
  block.version = MCU_RESULT_VERSION;
  block.nonce = nonce;
  block.network_hash[0] = static_cast<uint32_t>(hash.high >> 32);
  block.network_hash[1] = static_cast<uint32_t>(hash.high);
  block.network_hash[2] = static_cast<uint32_t>(hash.low >> 32);
  block.network_hash[3] = static_cast<uint32_t>(hash.low);
  block.clock_kind = MCU_CLOCK_INSTRUCTIONS;
  block.warmup = 3;
  block.repetitions = 20;
  for (uint32_t i = 0; i < 20; ++i) block.ticks[i] = 1000 + i;
  block.operator_count = 2;
  block.operator_ticks[0] = 400;
  block.operator_ticks[1] = 600;
  block.profiled_ticks = 1010;
  block.stack_peak_bytes = 512;
  block.arena_peak_bytes = 4096;
  block.output_crc32 = kFakeCrc;
  return block;
}

// What all fake boards of a test share with it. Thread rule: any thread.
struct FakeBench {
  std::mutex mutex;
  std::map<std::string, std::string> absent;                 // board -> why Probe() fails
  std::map<std::string, std::deque<BoardFailure>> failures;  // board -> next outcomes
  std::map<std::string, std::vector<uint32_t>> nonces;       // board -> nonces of its runs
  std::function<void(const std::string& board)> on_run;      // called before each run
  std::chrono::milliseconds slow{0};

  void SetAbsent(const std::string& board, const std::string& why) {
    const std::lock_guard lock(mutex);
    absent[board] = why;
  }
  void PushFailure(const std::string& board, const BoardFailure& failure) {
    const std::lock_guard lock(mutex);
    failures[board].push_back(failure);
  }
  size_t Runs(const std::string& board) {
    const std::lock_guard lock(mutex);
    return nonces[board].size();
  }
};

class FakeRunner : public Runner {
 public:
  FakeRunner(FakeBench* bench, std::string board) : bench_(bench), board_(std::move(board)) {}

  RunReport Run(const RunRequest& request, const StopToken& stop) override {
    std::ifstream file(request.elf);
    std::string hash, word;
    file >> hash;
    auto slow = Begin(request);
    std::string fault;
    while (file >> word) {
      if (word.starts_with("slow=")) slow = std::chrono::milliseconds(std::stoi(word.substr(5)));
      if (word.starts_with("fault=")) fault = word.substr(6);
    }
    RunReport report;
    report.tool = "fake 1.0";
    report.log = "ran on " + board_ + "\n";
    const auto end = std::chrono::steady_clock::now() + slow;
    while (std::chrono::steady_clock::now() < end && !stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    report.result = Outcome(request, stop, hash, fault);
    return report;
  }

  std::string Probe() override {
    const std::lock_guard lock(bench_->mutex);
    return bench_->absent[board_];
  }

 private:
  std::chrono::milliseconds Begin(const RunRequest& request) {
    std::function<void(const std::string&)> on_run;
    std::chrono::milliseconds slow;
    {
      const std::lock_guard lock(bench_->mutex);
      bench_->nonces[board_].push_back(request.expected.nonce);
      on_run = bench_->on_run;
      slow = bench_->slow;
    }
    if (on_run) on_run(board_);
    return slow;
  }

  std::variant<mcu_result_block, BoardFailure> Outcome(const RunRequest& request,
                                                       const StopToken& stop,
                                                       const std::string& hash,
                                                       const std::string& fault) {
    const std::lock_guard lock(bench_->mutex);
    if (!request.elf.is_absolute() || !request.work_folder.is_absolute()) {
      return BoardFailure{FailureKind::kBadImage, "a path is not absolute"};
    }
    if (stop.stop_requested()) return BoardFailure{FailureKind::kTransferError, "stopped"};
    if (!bench_->absent[board_].empty()) {
      return BoardFailure{FailureKind::kTransferError, "the board went away"};
    }
    auto& script = bench_->failures[board_];
    if (!script.empty()) {
      const BoardFailure failure = script.front();
      script.pop_front();
      return failure;
    }
    if (!fault.empty()) return BoardFailure{FailureKindFromName(fault), "as the image says"};
    return JudgeBlock(fake::Sealed(FakeBlock(request.expected.nonce, hash)), request.expected);
  }

  FakeBench* bench_;
  std::string board_;
};

inline BoardConfig FakeBoard(const std::string& name, const std::string& board_class) {
  BoardConfig board;
  board.name = name;
  board.board_class = board_class;
  board.runner.kind = RunnerKind::kQemu;
  board.runner.machine = "fake";
  return board;
}

// Two boards of class qemu-m7, one of class qemu-m4; short waits.
inline BenchFile FakeBenchFile() {
  BenchFile bench;
  bench.name = "fake";
  bench.first_wait_s = 0.02;
  bench.longest_wait_s = 0.2;
  bench.probe_interval_s = 0.1;
  bench.boards = {FakeBoard("m7-a", "qemu-m7"), FakeBoard("m7-b", "qemu-m7"),
                  FakeBoard("m4-a", "qemu-m4")};
  return bench;
}

// A folder that goes away with the test.
using fake::TemporaryFolder;

inline bool WaitUntil(const std::function<bool()>& condition,
                      std::chrono::milliseconds limit = std::chrono::milliseconds(10'000)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace mcunas
