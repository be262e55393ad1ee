#include "common/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/log.h"
#include "common/terminal_internal.h"

namespace mcunas {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval(100);
constexpr std::chrono::seconds kPlainInterval(10);

}  // namespace

ProgressLine::ProgressLine(std::string what, int64_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(StderrIsTerminal() && ShownLogLevel() <= LogLevel::kInfo),
      start_(std::chrono::steady_clock::now()),
      last_print_(start_) {
  // A terminal shows the first step at once; elsewhere short work stays silent until it is done.
  if (terminal_) last_print_ -= kTerminalInterval;
}

ProgressLine::~ProgressLine() {
  if (terminal_) EndStatusLine();
}

void ProgressLine::Update(int64_t done, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  if (first_ < 0) first_ = done;
  const bool finished = total_ > 0 && done >= total_;
  const auto pause = now - last_print_;
  if (!finished && (terminal_ ? pause < kTerminalInterval : pause < kPlainInterval)) return;
  last_print_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::string line = FormatProgress({what_, done, total_, done - first_, elapsed, note});
  if (terminal_) {
    ShowStatusLine(line);
  } else {
    LogInfo(line);
  }
}

std::string FormatProgress(const ProgressState& state) {
  std::string line = fmt::format("{}: {}", state.what, state.done);
  if (state.total > 0) {
    line += fmt::format("/{} ({:.0f} %)", state.total,
                        100.0 * static_cast<double>(state.done) / static_cast<double>(state.total));
  }
  line += ", " + FormatDuration(state.elapsed_s);
  if (state.total > state.done && state.done_here > 0) {
    const double left = static_cast<double>(state.total - state.done);
    line += ", " + FormatDuration(state.elapsed_s * left / static_cast<double>(state.done_here)) +
            " left";
  }
  if (!state.note.empty()) line += "  " + state.note;
  return line;
}

std::string FormatDuration(double seconds) {
  constexpr double kLongest = 1e9;
  const auto whole = static_cast<int64_t>(
      std::llround(std::isfinite(seconds) ? std::clamp(seconds, 0.0, kLongest) : kLongest));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace mcunas
