#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "common/terminal_internal.h"

namespace mcunas {
namespace {

constexpr const char* kEraseLine = "\r\033[K";

struct Terminal {
  std::mutex mutex;
  std::string status;
};

// One per process because stderr is one per process.
Terminal& SharedTerminal() {
  static Terminal terminal;
  return terminal;
}

size_t TerminalWidth() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void Print(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

bool StderrIsTerminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

void ShowStatusLine(const std::string& line) {
  Terminal& terminal = SharedTerminal();
  const std::lock_guard lock(terminal.mutex);
  terminal.status = line.substr(0, TerminalWidth() - 1);
  Print(kEraseLine + terminal.status);
}

void EndStatusLine() {
  Terminal& terminal = SharedTerminal();
  const std::lock_guard lock(terminal.mutex);
  if (terminal.status.empty()) return;
  terminal.status.clear();
  Print("\n");
}

void PrintAboveStatusLine(const std::function<void()>& print) {
  Terminal& terminal = SharedTerminal();
  const std::lock_guard lock(terminal.mutex);
  if (!terminal.status.empty()) Print(kEraseLine);
  print();
  if (!terminal.status.empty()) Print(terminal.status);
}

}  // namespace mcunas
