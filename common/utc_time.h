// Times of the clock on the wall, for people and file names.
#pragma once

#include <chrono>
#include <string>

namespace mcunas {

// As std::strftime formats it, in UTC, without fractions of seconds.
std::string UtcTime(std::chrono::system_clock::time_point time, const char* format);

}  // namespace mcunas
