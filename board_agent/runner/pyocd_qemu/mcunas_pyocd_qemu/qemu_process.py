"""One emulated board whose GDB server is a socket pair: no port, no file, no race."""

import ctypes
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Runs in the child: a killed pyOCD leaves no emulator behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class QemuProcess:
    """Starts stopped and without a program, like a blank board held in reset."""

    def __init__(self, machine: str) -> None:
        ours, theirs = socket.socketpair()
        arguments = [
            "qemu-system-arm", "-M", machine, "-S", "-nodefaults", "-no-user-config", "-display", "none",
            "-serial", "none", "-monitor", "none", "-nic", "none", "-icount", "shift=0",
            "-chardev", f"socket,id=gdb,fd={theirs.fileno()}", "-gdb", "chardev:gdb",
        ]
        self._process = subprocess.Popen(
            arguments, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        theirs.close()
        self.connection = ours

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
