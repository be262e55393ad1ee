// CRC-32 of IEEE 802.3 (reflected 0xEDB88320, start and end inverted), as zlib and the firmware
// compute it.
#pragma once

#include <cstdint>
#include <span>

namespace mcunas {

// Continues `crc` (0 at the start) over `bytes`. About 5 ns per byte: meant for images of a few
// hundred kB.
constexpr uint32_t ImageCrc32(std::span<const uint8_t> bytes, uint32_t crc = 0) {
  crc = ~crc;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

}  // namespace mcunas
