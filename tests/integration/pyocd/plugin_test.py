#!/usr/bin/env python3
"""The GDB client and the emulated debug hardware of the pyOCD plug-in, against a scripted server."""

import socket
import threading
import unittest

from mcunas_pyocd_qemu.debug_space import (AIRCR, DCRDR, DCRSR, DEMCR, DHCSR, ROM_TABLE, SCS, DebugSpace)
from mcunas_pyocd_qemu.gdb_client import GdbClient, GdbClosed, GdbError

HALT, RUN = 0xA05F0003, 0xA05F0001
S_HALT = 1 << 17


class FakeServer(threading.Thread):
    """A stopped machine of 64 KiB at address 0 that answers like QEMU, unasked stop replies included."""

    def __init__(self):
        super().__init__(daemon=True)
        self.client_end, self._socket = socket.socketpair()
        self.memory = bytearray(0x10000)
        self.memory[0:8] = (0x20001000).to_bytes(4, "little") + (0x101).to_bytes(4, "little")
        self.registers = {i: 100 + i for i in range(26)}
        self.running = False
        self.resets = 0
        self.interrupts = 0
        self.start()

    def send(self, payload):
        self._socket.sendall(b"$" + payload + b"#%02x" % (sum(payload) & 0xFF))

    def end(self):
        self._socket.shutdown(socket.SHUT_RDWR)

    def stop_by_itself(self):
        self.running = False
        self.send(b"T05thread:01;")

    def run(self):
        with self._socket:
            try:
                self.serve()
            except OSError:
                pass  # the client has gone

    def serve(self):
        pending = b""
        while data := self._socket.recv(65536):
            pending += data
            while pending:
                if pending[:1] == b"\x03":
                    pending = pending[1:]
                    self.interrupts += 1
                    self.running = False
                    self.send(b"T02thread:01;")
                elif pending[:1] == b"$" and b"#" in pending[:-2]:
                    end = pending.index(b"#")
                    payload, pending = pending[1:end], pending[end + 3:]
                    self._socket.sendall(b"+")
                    self.answer(payload)
                elif pending[:1] == b"$":
                    break
                else:
                    pending = pending[1:]

    def answer(self, payload):
        kind = payload[:1]
        if payload.startswith(b"qRcmd,"):
            if bytes.fromhex(payload[6:].decode()) == b"system_reset":
                self.resets += 1
            self.send(b"O" + b"text".hex().encode())
            self.send(b"OK")
        elif kind == b"c":
            self.running = True
        elif kind == b"m":
            address, size = (int(x, 16) for x in payload[1:].split(b","))
            if self.running or address + size > len(self.memory):
                self.send(b"E14")
            else:
                self.send(self.memory[address:address + size].hex().encode())
        elif kind == b"M":
            place, data = payload[1:].split(b":")
            address, size = (int(x, 16) for x in place.split(b","))
            self.memory[address:address + size] = bytes.fromhex(data.decode())
            self.send(b"OK")
        elif kind == b"p":
            self.send(self.registers[int(payload[1:], 16)].to_bytes(4, "little").hex().encode())
        elif kind == b"P":
            number, value = payload[1:].split(b"=")
            self.registers[int(number, 16)] = int.from_bytes(bytes.fromhex(value.decode()), "little")
            self.send(b"OK")
        elif kind == b"?":
            self.send(b"T05thread:01;")
        else:
            self.send(b"l<target/>")


class PluginTest(unittest.TestCase):
    def setUp(self):
        self.server = FakeServer()
        self.gdb = GdbClient(self.server.client_end)
        self.space = DebugSpace(self.gdb)

    def tearDown(self):
        self.gdb.close()

    def word(self, address):
        return self.space.words(address, 1)[0]

    def poke(self, address, value):
        self.space.write(address, value.to_bytes(4, "little"))

    def test_memory_in_pieces(self):
        data = bytes(i * 7 & 0xFF for i in range(5000))
        self.space.write(0x1003, data)
        self.assertEqual(self.space.read(0x1003, 5000), data)
        self.assertEqual(bytes(self.server.memory[0x1003:0x1003 + 5000]), data)

    def test_refused_access_is_an_error(self):
        with self.assertRaises(GdbError):
            self.space.read(0x20000, 4)

    def test_reading_a_running_machine_stops_it_for_the_moment(self):
        self.poke(DHCSR, RUN)
        self.assertFalse(self.word(DHCSR) & S_HALT)
        self.assertEqual(self.space.read(0, 4), bytes(self.server.memory[0:4]))
        self.assertEqual(self.server.interrupts, 1)
        self.assertFalse(self.word(DHCSR) & S_HALT)

    def test_halt_and_stop_by_itself(self):
        self.poke(DHCSR, RUN)
        self.poke(DHCSR, HALT)
        self.assertTrue(self.word(DHCSR) & S_HALT)
        self.poke(DHCSR, RUN)
        self.server.stop_by_itself()
        for _ in range(1000):
            if self.word(DHCSR) & S_HALT:
                return
        self.fail("the stop was not noticed")

    def test_key_guards_run_control(self):
        self.poke(DHCSR, 0x00000001)
        self.assertTrue(self.word(DHCSR) & S_HALT)

    def test_reset_runs_unless_caught(self):
        self.poke(DHCSR, HALT)
        self.poke(DEMCR, 1)
        self.poke(AIRCR, 0x05FA0004)
        self.assertTrue(self.word(DHCSR) & S_HALT)
        self.poke(DEMCR, 0)
        self.poke(AIRCR, 0x05FA0004)
        self.assertFalse(self.word(DHCSR) & S_HALT)
        self.assertEqual(self.server.resets, 2)

    def test_blank_board_never_runs(self):
        self.server.memory[0:8] = bytes(8)
        self.poke(DHCSR, RUN)
        self.assertTrue(self.word(DHCSR) & S_HALT)

    def test_core_registers(self):
        self.poke(DCRSR, 15)
        self.assertEqual(self.word(DCRDR), 115)
        self.poke(DCRDR, 0x1234)
        self.poke(DCRSR, 1 << 16 | 3)
        self.assertEqual(self.server.registers[3], 0x1234)
        self.poke(DCRSR, 16)
        self.assertEqual(self.word(DCRDR), 125)

    def test_rom_table_leads_to_the_core(self):
        entry = self.word(ROM_TABLE)
        self.assertEqual(entry & 3, 3)
        self.assertEqual((ROM_TABLE + (entry & 0xFFFFF000)) & 0xFFFFFFFF, SCS)
        preamble = [self.word(SCS + offset) for offset in (0xFF0, 0xFF4, 0xFF8, 0xFFC)]
        self.assertEqual(preamble, [0x0D, 0xE0, 0x05, 0xB1])
        self.assertEqual(self.space.read(SCS + 0xFE1, 2), b"\x00\x00")

    def test_end_of_the_emulator_is_told_apart(self):
        self.server.end()
        with self.assertRaises(GdbClosed):
            self.space.read(0, 4)


if __name__ == "__main__":
    unittest.main()
