"""The memory of the emulated board as a debug access port shows it.

QEMU emulates the core, not its debug hardware: ROM table, component identification, halting debug (DHCSR, DCRSR,
DCRDR, DEMCR, DFSR) and the breakpoint and watchpoint units are emulated here, on top of the GDB server. Register
layout: Arm DDI 0403E, chapter C1.
"""

from typing import Dict, List, Optional

from .gdb_client import GdbClient

SYSTEM_SPACE = range(0xE0000000, 0xE0100000)
PAGE = 0x1000
SCS, DWT, FPB, ROM_TABLE = 0xE000E000, 0xE0001000, 0xE0002000, 0xE00FF000

AIRCR = 0xE000ED0C
DFSR, DHCSR, DCRSR, DCRDR, DEMCR = 0xE000ED30, 0xE000EDF0, 0xE000EDF4, 0xE000EDF8, 0xE000EDFC

AIRCR_KEY, AIRCR_KEY_MASK, AIRCR_SYSRESETREQ = 0x05FA0000, 0xFFFF0000, 1 << 2
DHCSR_KEY, DHCSR_KEY_MASK = 0xA05F0000, 0xFFFF0000
C_DEBUGEN, C_HALT, C_STEP = 1 << 0, 1 << 1, 1 << 2
S_REGRDY, S_HALT, S_RESET = 1 << 16, 1 << 17, 1 << 25
DFSR_HALTED, DFSR_BREAKPOINT, DFSR_VECTOR_CATCH = 1 << 0, 1 << 1, 1 << 3
DEMCR_VC_CORERESET = 1 << 0
DCRSR_WRITE = 1 << 16

CLASS_ROM_TABLE, CLASS_GENERIC = 0x1, 0xE
PART_NUMBERS = {SCS: (CLASS_GENERIC, 0x00C), DWT: (CLASS_GENERIC, 0x002), FPB: (CLASS_GENERIC, 0x003),
                ROM_TABLE: (CLASS_ROM_TABLE, 0x4C4)}
# Numbers in QEMU's M-profile description: r0..r12, sp, lr, pc, then xpsr.
GDB_XPSR = 25


def _identification(component: int) -> Dict[int, int]:
    """Address -> value of the PIDR and CIDR words of an Arm component (JEP106 0x43B)."""
    component_class, part = PART_NUMBERS[component]
    words = {0xFD0: 0x04, 0xFE0: part & 0xFF, 0xFE4: 0xB0 | part >> 8, 0xFE8: 0x0B,
             0xFF0: 0x0D, 0xFF4: component_class << 4, 0xFF8: 0x05, 0xFFC: 0xB1}
    return {component + offset: words.get(offset, 0) for offset in range(0xFB0, PAGE, 4)}


def _rom_table() -> Dict[int, int]:
    table = {ROM_TABLE + offset: 0 for offset in range(0, PAGE, 4)}
    for i, component in enumerate((SCS, DWT, FPB)):
        table[ROM_TABLE + 4 * i] = (component - ROM_TABLE) & 0xFFFFF000 | 3
    table[ROM_TABLE + 0xFCC] = 1  # MEMTYPE: system memory is visible on this port
    return table


class DebugSpace:
    """Word, half-word and byte access to everything the access port sees."""

    def __init__(self, gdb: GdbClient) -> None:
        self._gdb = gdb
        self._debug_enabled = False
        self._was_reset = False
        self._reset_asserted = False
        self._words = {DFSR: 0, DCRDR: 0, DEMCR: 0}
        self._fixed = _rom_table()
        for component in PART_NUMBERS:
            self._fixed.update(_identification(component))

    # Memory.

    def read(self, address: int, size: int) -> bytes:
        if address in SYSTEM_SPACE:
            first = address & ~3
            words = [self._read_word(word) for word in range(first, address + size, 4)]
            data = b"".join(word.to_bytes(4, "little") for word in words)
            return data[address - first:address - first + size]
        return self._stopped(lambda: self._gdb.read_memory(address, size))

    def write(self, address: int, data: bytes) -> None:
        if address not in SYSTEM_SPACE:
            self._stopped(lambda: self._gdb.write_memory(address, data))
            return
        for offset in range(0, len(data) & ~3, 4):
            self._write_word(address + offset, int.from_bytes(data[offset:offset + 4], "little"))
        if len(data) % 4:
            tail = len(data) & ~3
            self._stopped(lambda: self._gdb.write_memory(address + tail, data[tail:]))

    def _stopped(self, access):
        """Stops the machine for one access. Its own time does not pass meanwhile."""
        if not self._gdb.is_running():
            return access()
        self._gdb.halt()
        try:
            return access()
        finally:
            self._gdb.resume()

    def _read_word(self, address: int) -> int:
        if address == DHCSR:
            return self._read_dhcsr()
        if address in self._words:
            return self._words[address]
        if address in self._fixed:
            return self._fixed[address]
        if address & ~(PAGE - 1) in (DWT, FPB):
            return 0  # no comparators
        return int.from_bytes(self._stopped(lambda: self._gdb.read_memory(address, 4)), "little")

    def _write_word(self, address: int, value: int) -> None:
        if address == DHCSR:
            self._write_dhcsr(value)
        elif address == DCRSR:
            self._transfer_register(value)
        elif address == DFSR:
            self._words[DFSR] &= ~value
        elif address in self._words:
            self._words[address] = value
        elif address == AIRCR and value & AIRCR_KEY_MASK == AIRCR_KEY and value & AIRCR_SYSRESETREQ:
            self.reset()
        elif address not in self._fixed and address & ~(PAGE - 1) not in (DWT, FPB):
            data = value.to_bytes(4, "little")
            self._stopped(lambda: self._gdb.write_memory(address, data))

    # Halting debug.

    def _read_dhcsr(self) -> int:
        value = S_REGRDY | (C_DEBUGEN if self._debug_enabled else 0)
        if not self._gdb.is_running():
            value |= S_HALT | C_HALT
        if self._was_reset:
            value |= S_RESET
            self._was_reset = False
        return value

    def _write_dhcsr(self, value: int) -> None:
        if value & DHCSR_KEY_MASK != DHCSR_KEY:
            return
        self._debug_enabled = bool(value & C_DEBUGEN)
        if value & C_STEP and not value & C_HALT:
            self._gdb.step()
            self._words[DFSR] |= DFSR_HALTED
        elif value & C_HALT:
            if self._gdb.is_running():
                self._words[DFSR] |= DFSR_HALTED
            self._gdb.halt()
        else:
            self._run()

    def _run(self) -> None:
        """A blank board stays where it is: QEMU ends when a core without a program runs into lock-up."""
        if self._gdb.is_running() or self._reset_asserted:
            return
        if self._has_program():
            self._gdb.resume()

    def _has_program(self) -> bool:
        stack, entry = (int.from_bytes(self._gdb.read_memory(a, 4), "little") for a in (0, 4))
        return stack != 0 and entry & 1 == 1

    # Reset.

    def reset(self) -> None:
        self.assert_reset(True)
        self.assert_reset(False)

    def assert_reset(self, asserted: bool) -> None:
        if asserted:
            self._gdb.halt()
            self._reset_asserted = True
            return
        if not self._reset_asserted:
            return
        self._reset_asserted = False
        self._gdb.system_reset()
        self._was_reset = True
        if self._words[DEMCR] & DEMCR_VC_CORERESET and self._debug_enabled:
            self._words[DFSR] |= DFSR_VECTOR_CATCH
        else:
            self._run()

    def is_reset_asserted(self) -> bool:
        return self._reset_asserted

    # Core registers.

    @staticmethod
    def _gdb_number(selector: int) -> Optional[int]:
        if selector < 16:
            return selector
        return GDB_XPSR if selector == 16 else None

    def _transfer_register(self, request: int) -> None:
        number = self._gdb_number(request & 0x7F)
        if number is None:
            # MSP, PSP, CONTROL and floating point: not shown by this probe, read as zero.
            if not request & DCRSR_WRITE:
                self._words[DCRDR] = 0
        elif request & DCRSR_WRITE:
            self._gdb.write_register(number, self._words[DCRDR])
        else:
            self._words[DCRDR] = self._gdb.read_register(number)

    def words(self, address: int, count: int) -> List[int]:
        data = self.read(address, 4 * count)
        return [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]
