"""Time is up: a signal that moves wasmtime's epoch on, whatever a guest is doing.

Compiled code looks at the engine's epoch at every loop and call, and traps when it has moved. Somebody has to move it while the
guest runs. A second thread could, but a worker may not have one: the walls are put up for one thread, and a thread that was
there before them would stand outside. Fuel needs nobody, but costs the guest a fifth of its speed and is no measure of time. So
the system's timer rings, and its handler moves the epoch. A handler in Python would wait until the guest is done, so the
handler is wasmtime's own function, which is made for that ("signal-safe"), reached by a few bytes of machine code that load the
engine's address. They are written before the fork and the walls; on a processor that they are not written for nothing rings,
and the host's kill is what ends a guest.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import signal
from typing import Final

from wasmtime import Engine
from wasmtime import _ffi as native

__all__ = ["Alarm", "machine_code"]

_SA_RESTART: Final = 0x10000000


class _Sigaction(ctypes.Structure):
    # As glibc and musl have it on Linux.
    _fields_ = (
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_ulong * 16),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    )


class Alarm:
    """Moves the epoch of one engine. To be made before the walls; works in a fork."""

    def __init__(self, engine: Engine) -> None:
        function = ctypes.cast(native.dll.wasmtime_engine_increment_epoch, ctypes.c_void_p).value or 0
        pointer = ctypes.cast(engine.ptr(), ctypes.c_void_p).value or 0
        code = machine_code(platform.machine(), function, pointer)
        self._engine = engine  # it must not go while its address stands in a handler
        self.rings = False
        """Whether there is a handler."""
        if not code:
            return
        # Never writable and executable at once; and the change is when the kernel has the processor look at what was written.
        self._page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        self._page.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._page))
        libc = ctypes.CDLL(None, use_errno=True)
        place, size = ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE)
        self.rings = libc.mprotect(place, size, mmap.PROT_READ | mmap.PROT_EXEC) == 0
        self._action = ctypes.byref(_Sigaction(handler=address, flags=_SA_RESTART))
        self._sigaction = libc.sigaction

    def pause(self) -> float:
        """Do not ring, for now. Returns after how long it would have, for `set`; 0 if never."""
        return signal.setitimer(signal.ITIMER_REAL, 0)[0] if self.rings else 0.0

    def set(self, seconds: float) -> None:
        """Ring once, after so many seconds; 0 rings never."""
        if self.rings:
            # Every time: others in this process may have taken the signal, and it ends a process where nobody has.
            self._sigaction(signal.SIGALRM, self._action, None)
            signal.setitimer(signal.ITIMER_REAL, seconds)


def machine_code(machine: str, function: int, argument: int) -> bytes:
    """A function without arguments that goes on to `function` with `argument`; nothing for a processor not known here."""
    a, f = argument.to_bytes(8, "little"), function.to_bytes(8, "little")
    if machine == "x86_64":
        return b"\x48\xbf" + a + b"\x48\xb8" + f + b"\xff\xe0"  # mov rdi, a; mov rax, f; jmp rax
    if machine == "aarch64":
        words = (0x58000080, 0x580000B0, 0xD61F0200, 0xD503201F)  # ldr x0, a; ldr x16, f; br x16; nop
        return b"".join(word.to_bytes(4, "little") for word in words) + a + f
    return b""
