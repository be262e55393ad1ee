// TensorBoard event files: scalars over steps.
//
// TFRecord framing (length, masked CRC-32C, data, masked CRC-32C) around the protobuf wire format
// of tensorflow.Event {1: double wall_time, 2: int64 step, 3: file_version, 5: Summary{1: Value{1:
// tag, 2: float simple_value}}}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/expected.h"

namespace mcunas {

class EventFile {
 public:
  // Creates folder/events.out.tfevents.<seconds>.mcunas.<pid>. kIo when the disk refuses.
  static Expected<EventFile> Create(const std::filesystem::path& folder);

  // Appends and flushes; a disk that refuses later only costs points of the curve.
  void Scalar(const std::string& tag, int64_t step, double value);

 private:
  explicit EventFile(std::ofstream stream) : stream_(std::move(stream)) {}
  void Append(const std::string& event);

  std::ofstream stream_;
};

// CRC-32C (Castagnoli), reflected polynomial 0x82f63b78.
uint32_t Crc32c(const std::string& bytes);

}  // namespace mcunas
