/* CRC-32 of IEEE 802.3 (reflected 0xEDB88320), the one of zlib. */
#ifndef MCUNAS_FIRMWARE_CHECKSUM_H
#define MCUNAS_FIRMWARE_CHECKSUM_H

#include <stdint.h>

/* Continues `crc` (0 at the start) over `size` bytes. */
uint32_t mcu_crc32(uint32_t crc, const void* data, uint32_t size);

#endif
