"""GDB remote serial protocol: only what a debug probe needs of QEMU's server.

Lessons built in: QEMU answers register requests only after its target description was fetched; a stop reply may
come at any time and unasked; memory can only be read while the machine is stopped; a reset is carried out some
time after it was asked for.
"""

import select
import socket
import time


class GdbError(Exception):
    """The server refused a request."""


class GdbClosed(GdbError):
    """The server went away: the emulator ended."""


class GdbClient:
    """One connection. Not thread safe."""

    ANSWER_LIMIT_S = 20.0
    # Two hexadecimal digits per byte, and room for the frame, in QEMU's 4096-byte buffer.
    CHUNK = 1024

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._pending = b""
        self._running = False
        self._handshake()

    def _handshake(self) -> None:
        self._request(b"qSupported:xmlRegisters=arm")
        self._request(b"qXfer:features:read:target.xml:0,ffb")
        self._request(b"?")

    def close(self) -> None:
        self._socket.close()

    # Packets.

    def _send(self, payload: bytes) -> None:
        self._send_raw(b"$" + payload + b"#%02x" % (sum(payload) & 0xFF))

    def _send_raw(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise GdbClosed("the emulator closed the connection") from error

    def _take_packet(self):
        """The next packet that is here in full, acknowledged, or None. What stands between packets are the
        server's acknowledgements."""
        begin = self._pending.find(b"$")
        if begin < 0:
            self._pending = b""
            return None
        end = self._pending.find(b"#", begin)
        if end < 0 or end > len(self._pending) - 3:
            return None
        packet = self._pending[begin + 1:end]
        self._pending = self._pending[end + 3:]
        self._send_raw(b"+")
        return packet

    def _read_some(self, limit_s: float) -> bool:
        """Waits for bytes; False when none came in time."""
        if not select.select([self._socket], [], [], max(0.0, limit_s))[0]:
            return False
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise GdbClosed("the emulator closed the connection")
        self._pending += data
        return True

    def _receive(self, deadline: float) -> bytes:
        while True:
            packet = self._take_packet()
            if packet is not None:
                return packet
            if not self._read_some(deadline - time.monotonic()):
                raise GdbError("the emulator does not answer")

    @staticmethod
    def _is_stop(packet: bytes) -> bool:
        return packet[:1] in (b"S", b"T", b"W", b"X")

    def _request(self, payload: bytes) -> bytes:
        self._send(payload)
        deadline = time.monotonic() + self.ANSWER_LIMIT_S
        while True:
            packet = self._receive(deadline)
            if self._is_stop(packet) and payload != b"?":
                self._running = False
                continue
            return packet

    def _checked(self, payload: bytes) -> bytes:
        answer = self._request(payload)
        if answer[:1] == b"E" and len(answer) == 3:
            raise GdbError(f"the emulator refused {payload[:24]!r}: {answer!r}")
        return answer

    # Run control.

    def is_running(self) -> bool:
        """Looks for a stop that came by itself, such as a breakpoint."""
        while self._running:
            packet = self._take_packet()
            if packet is not None:
                self._running = not self._is_stop(packet)
            elif not self._read_some(0):
                break
        return self._running

    def resume(self) -> None:
        if not self.is_running():
            self._send(b"c")
            self._running = True

    def step(self) -> None:
        if not self.is_running():
            self._send(b"s")
            self._running = True
            self._wait_for_stop()

    def halt(self) -> None:
        if self.is_running():
            self._send_raw(b"\x03")
            self._wait_for_stop()

    def _wait_for_stop(self) -> None:
        deadline = time.monotonic() + self.ANSWER_LIMIT_S
        while self._running:
            if self._is_stop(self._receive(deadline)):
                self._running = False

    def system_reset(self) -> None:
        """Resets the stopped machine; it stays stopped. The registers are those of the vector table then."""
        self._monitor(b"system_reset")
        # QEMU resets from its main loop. Its monitor is served there too, so an answer to a second command says
        # that the loop has come round.
        for _ in range(3):
            self._monitor(b"info status")
            time.sleep(0.01)

    def _monitor(self, command: bytes) -> None:
        self._send(b"qRcmd," + command.hex().encode())
        deadline = time.monotonic() + self.ANSWER_LIMIT_S
        while True:
            packet = self._receive(deadline)
            if packet == b"OK":
                return
            if packet[:1] == b"E":
                raise GdbError(f"the emulator refused the command {command!r}")

    # Memory and registers; the machine must be stopped.

    def read_memory(self, address: int, size: int) -> bytes:
        data = b""
        while len(data) < size:
            count = min(self.CHUNK, size - len(data))
            answer = self._checked(b"m%x,%x" % (address + len(data), count))
            data += bytes.fromhex(answer.decode())
        return data

    def write_memory(self, address: int, data: bytes) -> None:
        for offset in range(0, len(data), self.CHUNK):
            chunk = data[offset:offset + self.CHUNK]
            self._checked(b"M%x,%x:" % (address + offset, len(chunk)) + chunk.hex().encode())

    def read_register(self, number: int) -> int:
        return int.from_bytes(bytes.fromhex(self._checked(b"p%x" % number).decode()), "little")

    def write_register(self, number: int, value: int) -> None:
        self._checked(b"P%x=" % number + value.to_bytes(4, "little").hex().encode())
