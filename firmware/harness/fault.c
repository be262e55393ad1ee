/* Every fault vector ends here: the fault is written down as a result instead of being lost. */
#include "firmware/harness/core_registers.h"
#include "firmware/harness/result.h"

extern uint32_t __stack_limit[];

static int fault_is_in_stack_guard(uint32_t stack_pointer, uint32_t cfsr) {
  /* The guard and the stack lie at the bottom of SRAM, so a frame below the limit, or one that
   * could not be pushed at all, can only mean that the stack has outgrown its place. */
  if (stack_pointer < (uint32_t)__stack_limit) return 1;
  if (cfsr & (MCU_CFSR_MEMORY_STACKING | MCU_CFSR_BUS_STACKING)) return 1;
  extern uint32_t __sram_start[];
  const uint32_t address = MCU_SCB_MMFAR;
  return (cfsr & MCU_CFSR_MMFAR_VALID) && address >= (uint32_t)__sram_start &&
         address < (uint32_t)__stack_limit;
}

/* pc, lr: of the interrupted code, 0 where no frame was stacked. */
__attribute__((used)) _Noreturn void mcu_fault(uint32_t stack_pointer, uint32_t pc, uint32_t lr) {
  uint32_t ipsr;
  __asm volatile("mrs %0, ipsr" : "=r"(ipsr));
  const uint32_t cfsr = MCU_SCB_CFSR;
  mcu_result.fault_ipsr = ipsr;
  mcu_result.fault_pc = pc;
  mcu_result.fault_lr = lr;
  mcu_result.fault_cfsr = cfsr;
  mcu_result.fault_hfsr = MCU_SCB_HFSR;
  mcu_result.fault_mmfar = (cfsr & MCU_CFSR_MMFAR_VALID) ? MCU_SCB_MMFAR : 0;
  mcu_result.fault_bfar = (cfsr & MCU_CFSR_BFAR_VALID) ? MCU_SCB_BFAR : 0;
  mcu_finish(fault_is_in_stack_guard(stack_pointer, cfsr) ? MCU_STATUS_STACK_OVERFLOW
                                                          : MCU_STATUS_FAULT);
}

/* The stack may be the victim, so it is reset before any C code runs; the stacked frame is read
 * first, and only if it really lies inside the stack. */
__attribute__((naked)) void mcu_fault_handler(void) {
  __asm volatile(
      "mrs r0, msp\n"
      "ldr r1, =__stack_limit\n"
      "ldr r3, =__stack_top\n"
      "msr msp, r3\n"
      "subs r3, #32\n"
      "cmp r0, r1\n"
      "blo 1f\n"
      "cmp r0, r3\n"
      "bhi 1f\n"
      "ldr r1, [r0, #24]\n"
      "ldr r2, [r0, #20]\n"
      "b mcu_fault\n"
      "1: movs r1, #0\n"
      "movs r2, #0\n"
      "b mcu_fault\n"
      ".ltorg\n");
}
