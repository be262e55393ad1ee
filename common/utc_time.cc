#include "common/utc_time.h"

#include <ctime>

namespace mcunas {

std::string UtcTime(std::chrono::system_clock::time_point time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t used = std::strftime(text, sizeof text, format, &parts);
  return std::string(text, used);
}

}  // namespace mcunas
