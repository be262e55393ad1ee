/* Level 1 caches of the Cortex-M7. On cores without caches every call does nothing. */
#ifndef MCUNAS_FIRMWARE_CACHE_H
#define MCUNAS_FIRMWARE_CACHE_H

#include <stdint.h>

/* Invalidates and switches on whatever the core has. */
void mcu_cache_enable(void);
/* Writes dirty lines back, so that a debug probe, which goes past the cache, sees them. */
void mcu_cache_clean(const volatile void* data, uint32_t size);

#endif
