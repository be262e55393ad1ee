/* What the programs of this folder need of an emulated board: vectors, and the debugger's calls for
 * output, files and the end ("Semihosting for AArch32", Arm). Included once per program. */
#ifndef MCUNAS_TESTS_SEMIHOSTING_H
#define MCUNAS_TESTS_SEMIHOSTING_H

#include <stdint.h>

enum {
  SYS_OPEN = 1,
  SYS_WRITE0 = 4,
  SYS_WRITE = 5,
  SYS_READ = 6,
  SYS_EXIT = 0x18,
  OPEN_READ = 1,  /* "rb" */
  OPEN_WRITE = 5, /* "wb" */
  EXITED = 0x20026,
  FAILED = 0x20023
};

static uint32_t semihost(uint32_t operation, uint32_t argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register uint32_t r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void print(const char* text) { semihost(SYS_WRITE0, (uint32_t)text); }

static void run(void);

static void fault(void) {
  print("fault\n");
  semihost(SYS_EXIT, FAILED);
}

/* QEMU clears RAM; there is no initialised data. */
void reset(void) {
  run();
  semihost(SYS_EXIT, EXITED);
  for (;;) {
  }
}

extern uint32_t stack_top; /* the linker script's */

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))(void*)&stack_top, reset, fault, fault, fault, fault, fault};

#endif
