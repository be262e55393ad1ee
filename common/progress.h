// One progress line with an ETA on a terminal; a plain line every few seconds elsewhere. Both are
// news of level kInfo: who asked for warnings only (common/log.h) sees none.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mcunas {

class ProgressLine {
 public:
  // `what` names the work ("training"), `total` the number of steps; 0 = unknown.
  ProgressLine(std::string what, int64_t total);
  ~ProgressLine();  // ends the terminal line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `done` steps so far (resumed steps included from the first call on); `note` follows the ETA.
  void Update(int64_t done, const std::string& note);

 private:
  std::string what_;
  int64_t total_;
  int64_t first_ = -1;
  bool terminal_;  // that is shown news
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_print_;
};

// What a progress line says.
struct ProgressState {
  std::string what;
  int64_t done = 0;
  int64_t total = 0;      // 0 = unknown
  int64_t done_here = 0;  // since `elapsed_s` runs, without resumed steps
  double elapsed_s = 0;
  std::string note;
};

// "training: 12/30 (40 %), 2m 03s, 3m 05s left  note".
std::string FormatProgress(const ProgressState& state);

// "1h 02m", "3m 10s", "12s".
std::string FormatDuration(double seconds);

}  // namespace mcunas
