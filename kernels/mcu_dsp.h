/* The few Armv7E-M instructions that the kernels are built around, and the same in portable C.
 * Define MCU_PORTABLE_ONLY to get the portable forms everywhere (tests do). Little-endian only. */
#ifndef MCUNAS_ENGINE_KERNELS_MCU_DSP_H
#define MCUNAS_ENGINE_KERNELS_MCU_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernels need a little-endian core"
#endif

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && !defined(MCU_PORTABLE_ONLY)
#define MCU_HAS_DSP 1
#include <arm_acle.h>
#else
#define MCU_HAS_DSP 0
#endif

/* For bodies that are written once and specialised by constant arguments. */
#define MCU_INLINE static inline __attribute__((always_inline))

/* Four bytes from any address; one LDR. Not under -ffreestanding, where memcpy becomes a call. */
static inline int32_t mcu_load32(const void* address) {
  int32_t word;
  memcpy(&word, address, 4);
  return word;
}

/* A 16-bit value to any even address. */
static inline void mcu_store16(void* address, int32_t value) {
  const int16_t wide = (int16_t)value;
  memcpy(address, &wide, 2);
}

/* (low, high) as two 16-bit lanes. */
static inline int32_t mcu_pair(int32_t low, int32_t high) {
  return (int32_t)(((uint32_t)low & 0xffffu) | ((uint32_t)high << 16));
}

static inline int32_t mcu_low16(int32_t pair) { return (int16_t)(uint32_t)pair; }
static inline int32_t mcu_high16(int32_t pair) { return pair >> 16; }

#if MCU_HAS_DSP

static inline int32_t mcu_sxtb16(int32_t word) { return __sxtb16(word); }

static inline int32_t mcu_sxtb16_ror8(int32_t word) {
  int32_t result;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
  return result;
}

static inline int32_t mcu_smlad(int32_t a, int32_t b, int32_t sum) { return __smlad(a, b, sum); }

/* Low halves of a and b, b's in the high half. */
static inline int32_t mcu_pack_low(int32_t a, int32_t b) {
  int32_t result;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

/* High half of a, in the low half, and high half of b. */
static inline int32_t mcu_pack_high(int32_t a, int32_t b) {
  int32_t result;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
  return result;
}

/* (a * b + 2^31) >> 32 */
static inline int32_t mcu_smmulr(int32_t a, int32_t b) {
  int32_t result;
  __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

/* sum + (a * b + 2^31 >> 32), and the same without the half. */
static inline int32_t mcu_smmlar(int32_t a, int32_t b, int32_t sum) {
  int32_t result;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}
static inline int32_t mcu_smmla(int32_t a, int32_t b, int32_t sum) {
  int32_t result;
  __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

static inline int32_t mcu_saturate8(int32_t value) { return __ssat(value, 8); }

#else

static inline int32_t mcu_sxtb16(int32_t word) {
  return mcu_pair((int8_t)word, (int8_t)(word >> 16));
}

static inline int32_t mcu_sxtb16_ror8(int32_t word) {
  return mcu_pair((int8_t)(word >> 8), word >> 24);
}

/* Sums wrap as the instruction does. */
static inline int32_t mcu_smlad(int32_t a, int32_t b, int32_t sum) {
  const uint32_t low = (uint32_t)(mcu_low16(a) * mcu_low16(b));
  const uint32_t high = (uint32_t)(mcu_high16(a) * mcu_high16(b));
  return (int32_t)((uint32_t)sum + low + high);
}

static inline int32_t mcu_pack_low(int32_t a, int32_t b) { return mcu_pair(a, b); }
static inline int32_t mcu_pack_high(int32_t a, int32_t b) { return mcu_pair(a >> 16, b >> 16); }

static inline int32_t mcu_smmulr(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + INT64_C(0x80000000)) >> 32);
}

static inline int32_t mcu_smmlar(int32_t a, int32_t b, int32_t sum) {
  return sum + mcu_smmulr(a, b);
}
static inline int32_t mcu_smmla(int32_t a, int32_t b, int32_t sum) {
  return sum + (int32_t)(((int64_t)a * b) >> 32);
}

static inline int32_t mcu_saturate8(int32_t value) {
  return value < -128 ? -128 : value > 127 ? 127 : value;
}

#endif
#endif
