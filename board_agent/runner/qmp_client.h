// QEMU's machine protocol over a connected socket: only what reading memory takes.
// Source: QEMU QMP specification 1.0. One JSON object per line.
// Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "common/expected.h"

namespace mcunas {

class QmpClient {
 public:
  // Takes over the descriptor.
  explicit QmpClient(int descriptor) : descriptor_(descriptor) {}
  ~QmpClient();
  QmpClient(const QmpClient&) = delete;
  QmpClient& operator=(const QmpClient&) = delete;

  // Reads the greeting and leaves negotiation mode. kUnavailable when the other end is silent or
  // gone.
  Expected<void> Connect(std::chrono::milliseconds limit);
  // Writes `size` bytes of memory to a file, as the core addresses them: the machine's own address
  // space lacks the Secure aliases of an Armv8-M. The machine keeps running; its own time does not
  // pass.
  Expected<void> SaveMemory(uint32_t address, size_t size, const std::filesystem::path& file,
                            std::chrono::milliseconds limit);

 private:
  Expected<std::string> ReadLine(std::chrono::steady_clock::time_point deadline);
  Expected<void> Execute(const std::string& command, std::chrono::milliseconds limit);

  int descriptor_;
  std::string pending_;
};

}  // namespace mcunas
