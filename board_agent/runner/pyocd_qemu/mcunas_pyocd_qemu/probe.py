"""pyOCD's DebugProbe on an emulated board."""

import contextlib
import socket
from typing import Optional

from pyocd.core import exceptions
from pyocd.core.memory_interface import MemoryInterface
from pyocd.core.plugin import Plugin
from pyocd.probe.debug_probe import DebugProbe

from .debug_space import ROM_TABLE, DebugSpace
from .gdb_client import GdbClient, GdbClosed, GdbError
from .qemu_process import QemuProcess

DP_IDR, DP_CTRL_STAT = 0x0, 0x4
DPIDR_VALUE = 0x2BA01477
POWER_REQUESTS = 0x50000000
AP_CSW, AP_BASE, AP_IDR = 0x00, 0xF8, 0xFC
AHB_AP_IDR = 0x24770011
CSW_DEVICE_ENABLED = 1 << 6
CSW_VALUE = 0x23000042


@contextlib.contextmanager
def _probe_errors():
    """What the emulator refuses is a fault of the transfer; its end is the loss of the probe."""
    try:
        yield
    except GdbClosed as error:
        raise exceptions.ProbeDisconnected(str(error)) from error
    except GdbError as error:
        raise exceptions.TransferFaultError(str(error)) from error


class QemuMemory(MemoryInterface):
    """Memory behind the one access port."""

    def __init__(self, space: DebugSpace) -> None:
        self._space = space

    def write_memory(self, addr, data, transfer_size=32, **attrs):
        with _probe_errors():
            self._space.write(addr, (data & (1 << transfer_size) - 1).to_bytes(transfer_size // 8, "little"))

    def read_memory(self, addr, transfer_size=32, now=True, **attrs):
        with _probe_errors():
            value = int.from_bytes(self._space.read(addr, transfer_size // 8), "little")
        return value if now else lambda: value

    def write_memory_block32(self, addr, data, **attrs):
        with _probe_errors():
            self._space.write(addr, b"".join(word.to_bytes(4, "little") for word in data))

    def read_memory_block32(self, addr, size, **attrs):
        with _probe_errors():
            return self._space.words(addr, size)

    def write_memory_block8(self, addr, data, **attrs):
        with _probe_errors():
            self._space.write(addr, bytes(data))

    def read_memory_block8(self, addr, size, **attrs):
        with _probe_errors():
            return list(self._space.read(addr, size))


class QemuProbe(DebugProbe):
    """One emulated board. It lives from open() to close()."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place  # name of a machine, or HOST:PORT of a GDB server
        self._process: Optional[QemuProcess] = None
        self._gdb: Optional[GdbClient] = None
        self._space: Optional[DebugSpace] = None
        self._protocol = None
        self._power = 0
        self._csw = CSW_VALUE

    # Discovery: only who asks for a probe of type qemu gets one.

    @classmethod
    def get_all_connected_probes(cls, unique_id=None, is_explicit=False):
        return [cls(unique_id)] if is_explicit and unique_id else []

    @classmethod
    def get_probe_with_id(cls, unique_id, is_explicit=False):
        return cls(unique_id) if is_explicit and unique_id else None

    @property
    def vendor_name(self):
        return "mcunas"

    @property
    def product_name(self):
        return "QEMU " + self._place

    @property
    def unique_id(self):
        return self._place

    @property
    def supported_wire_protocols(self):
        return (DebugProbe.Protocol.DEFAULT, DebugProbe.Protocol.SWD)

    @property
    def wire_protocol(self):
        return self._protocol

    @property
    def is_open(self):
        return self._gdb is not None

    @property
    def capabilities(self):
        return {DebugProbe.Capability.MANAGED_AP_SELECTION, DebugProbe.Capability.MANAGED_DPBANKSEL,
                DebugProbe.Capability.BANKED_DP_REGISTERS}

    # Life.

    def open(self):
        try:
            self._gdb = GdbClient(self._connect())
        except (OSError, GdbError) as error:
            self._end_process()
            raise exceptions.ProbeError(f"Unable to open device qemu:{self._place}: {error}") from error
        self._space = DebugSpace(self._gdb)

    def _connect(self) -> socket.socket:
        host, colon, port = self._place.rpartition(":")
        if colon and port.isdigit():
            return socket.create_connection((host, int(port)), timeout=GdbClient.ANSWER_LIMIT_S)
        self._process = QemuProcess(self._place)
        return self._process.connection

    def close(self):
        if self._gdb is not None:
            self._gdb.close()
        self._gdb = None
        self._end_process()

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.close()
        self._process = None

    def connect(self, protocol=None):
        self._protocol = DebugProbe.Protocol.SWD

    def disconnect(self):
        self._protocol = None

    def set_clock(self, frequency):
        pass

    def reset(self):
        with _probe_errors():
            self._space.reset()

    def assert_reset(self, asserted):
        with _probe_errors():
            self._space.assert_reset(asserted)

    def is_reset_asserted(self):
        return self._space.is_reset_asserted()

    # Debug port and access port.

    def read_dp(self, addr, now=True):
        value = 0
        if addr & 0xF == DP_IDR:
            value = DPIDR_VALUE
        elif addr & 0xF == DP_CTRL_STAT:
            # Every power request is acknowledged at once: the acknowledge bit lies above the request.
            value = self._power | (self._power & POWER_REQUESTS) << 1
        return value if now else lambda: value

    def write_dp(self, addr, data):
        if addr & 0xF == DP_CTRL_STAT:
            self._power = data

    def read_ap(self, addr, now=True):
        value = 0
        if addr >> 24 == 0:
            value = {AP_CSW: self._csw, AP_BASE: ROM_TABLE | 3, AP_IDR: AHB_AP_IDR}.get(addr & 0xFC, 0)
        return value if now else lambda: value

    def write_ap(self, addr, data):
        if addr >> 24 == 0 and addr & 0xFC == AP_CSW:
            self._csw = data | CSW_DEVICE_ENABLED

    def read_ap_multiple(self, addr, count=1, now=True):
        values = [self.read_ap(addr) for _ in range(count)]
        return values if now else lambda: values

    def write_ap_multiple(self, addr, values):
        for value in values:
            self.write_ap(addr, value)

    def get_memory_interface_for_ap(self, ap_address):
        return QemuMemory(self._space) if ap_address.nominal_address == 0 else None


class QemuProbePlugin(Plugin):
    """Found by pyOCD through the entry point group pyocd.probe."""

    def load(self):
        return QemuProbe

    @property
    def name(self):
        return "qemu"

    @property
    def description(self):
        return "Emulated Cortex-M board"
