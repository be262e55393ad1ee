/* Runs the network "net" once on an emulated core and prints, through semihosting, its output bytes
 * and the executed instructions of every operator. "-icount shift=0" makes one instruction 1 ns;
 * SysTick counts at 25 MHz, so one tick is 40 instructions. */
#include "net.h"
#include "semihosting.h"
#include "test_input.h"

#define SYST_CSR (*(volatile uint32_t*)0xE000E010)
#define SYST_RVR (*(volatile uint32_t*)0xE000E014)
#define SYST_CVR (*(volatile uint32_t*)0xE000E018)

enum { INSTRUCTIONS_PER_TICK = 40 };

static _Alignas(8) uint8_t arena[NET_ARENA_BYTES];
static int8_t output[NET_OUTPUT_BYTES];
static uint32_t operator_ticks[NET_OPERATOR_COUNT];
static uint32_t last_tick;

static void print_number(const char* label, uint32_t value) {
  char digits[12];
  char* at = digits + sizeof digits;
  *--at = 0;
  *--at = '\n';
  do {
    *--at = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  print(label);
  print(at);
}

static uint32_t ticks_since_last(void) {
  const uint32_t now = SYST_CVR;
  const uint32_t ticks = (last_tick - now) & 0xffffffu;
  last_tick = now;
  return ticks;
}

static void count(void* user, int op_index) {
  (void)user;
  operator_ticks[op_index] += ticks_since_last();
}

static void run(void) {
  SYST_RVR = 0xffffffu;
  SYST_CVR = 0;
  SYST_CSR = 5;
  last_tick = SYST_CVR;
  if (net_run(arena, test_input, output) != 0) semihost(SYS_EXIT, FAILED);
  print_number("total ", ticks_since_last() * INSTRUCTIONS_PER_TICK);
  for (int i = 0; i < NET_OUTPUT_BYTES; ++i) print_number("output ", (uint8_t)output[i]);
  last_tick = SYST_CVR;
  if (net_run_profiled(arena, test_input, output, count, 0) != 0) semihost(SYS_EXIT, FAILED);
  for (int i = 0; i < NET_OPERATOR_COUNT; ++i) {
    print_number("operator ", operator_ticks[i] * INSTRUCTIONS_PER_TICK);
  }
}
