// The one stderr that log lines and progress lines share: a log line never lands inside a status
// line. Private to common. Thread rule: every function may be called from any thread.
#pragma once

#include <functional>
#include <string>

namespace mcunas {

// True where stderr is a terminal that understands "\r" and "erase line".
bool StderrIsTerminal();

// Shows `line` as the last line of the terminal, cut to its width, in place of the previous one.
void ShowStatusLine(const std::string& line);
// Leaves the status line where it is and goes on below it.
void EndStatusLine();

// Runs `print` with the status line out of the way and brings it back afterwards.
void PrintAboveStatusLine(const std::function<void()>& print);

}  // namespace mcunas
