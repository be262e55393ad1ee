#include "common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace mcunas {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval{200};
constexpr std::chrono::seconds kPlainInterval{10};

}  // namespace

ProgressLine::ProgressLine(std::string what, int64_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && first_ >= 0) std::fputc('\n', stderr);
}

void ProgressLine::Update(int64_t done, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  const bool first = first_ < 0;
  if (first) first_ = done;
  const bool last = total_ > 0 && done >= total_;
  const auto interval = terminal_ ? std::chrono::milliseconds(kTerminalInterval)
                                  : std::chrono::milliseconds(kPlainInterval);
  if (!first && !last && now - last_print_ < interval) return;
  last_print_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  std::string line = what_ + " " + std::to_string(done);
  if (total_ > 0) line += fmt::format("/{}", total_);
  if (total_ > 0 && done > first_ && !last) {
    const double each = elapsed / static_cast<double>(done - first_);
    line += ", ETA " + FormatDuration(each * static_cast<double>(total_ - done));
  }
  if (last) line += ", took " + FormatDuration(elapsed);
  if (!note.empty()) line += ", " + note;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", line.c_str());
  std::fflush(stderr);
}

std::string FormatDuration(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole >= 3600) return fmt::format("{}h {:02d}m", whole / 3600, whole % 3600 / 60);
  if (whole >= 60) return fmt::format("{}m {:02d}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

}  // namespace mcunas
