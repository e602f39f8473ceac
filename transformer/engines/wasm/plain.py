"""Are these lines plainly JSON objects? A module of ours finds out, at a fifth of what making values of them costs.

It says yes only of what orjson reads as an object, too, and what is nested no deeper than JSON_DEPTH; where it is in doubt
(an exponent of three digits, half of a surrogate pair, a line that is very long) it says no, and who asked has to look for
themselves. It is no guest: it runs in an engine of its own, where nothing stops it since it is linear in what it is given, in
an instance that lives as long as the process. Each text overwrites the one before it, and only this file reaches that memory.

`plain.zig` is its source. It was built by

    zig build-exe plain.zig -target wasm32-freestanding -fno-entry -rdynamic -O ReleaseFast -fstrip -mcpu generic+simd128 \
        --stack 4096 --initial-memory=393216
"""

from __future__ import annotations

import base64
from typing import Final

from wasmtime import Config, Engine, Linker, Module, Store, Trap, WasmtimeError

from transformer.engines.wasm.native import Guest

__all__ = ["BINARY", "Plain"]

_PLACE: Final = 64 * 1024
_MOST_BYTES: Final = 256 * 1024
"""So much is looked at in one go; a line that is longer is in doubt."""

BINARY: Final = base64.b64decode(
    "AGFzbQEAAAABDAJgAn9/AX9gAX8BfwMEAwABAQQFAXABAQEFAwEABgYHAX8BQYAgCwckAwZtZW1vcnkCAA9fX3N0YWNrX3BvaW50ZXIDAAVwbGFpbgAACoQS"
    "A/gMAgl/AXsjgICAgABBgAJrIgIkgICAgAAgACABaiEDAkACQAJAIAFBAUgNAANAAkAgAC0AACIBQXdqIgRBF0sNAEEBIAR0QZGAgARxRQ0AIABBAWohAAwB"
    "CyABQfsARw0CQQEhBQNAIAJBBWogBWogAUH/AXFB+wBGIgY6AAACQANAIABBAWoiAC0AACIBQXdqIgRBF0sNAUEBIAR0QZGAgARxDQALCwJAAkACQAJAIAFB"
    "/QBB3QAgBhtHDQAgBSEHDAELAkAgBg0AIAUhB0EBIQQMAwsgAEF/aiEIIAUhBwwBC0EAIQQMAQtBAiEECwNAAkACQAJAAkACQAJAAkAgBA4DAAECAgsgAEEB"
    "aiEEIAdBf2oiB0UNAgwECwJAAkACQAJAAkACQAJAAkAgAUGlf2oOIQQFBQUFBQUFBQUFAgUFBQUFBQUDBQUFBQUBBQUFBQUFBAALIAFBXmoODAYEBAQEBAQE"
    "BAQEBQQLIAAtAAFB8gBHDQ8gAC0AAkH1AEcNDyAALQADQeUARw0PIABBBGohBAwJCyAALQABQeEARw0OIAAtAAJB7ABHDQ4gAC0AA0HzAEcNDiAALQAEQeUA"
    "Rw0OIABBBWohBAwICyAALQABQfUARw0NIAAtAAJB7ABHDQ0gAC0AA0HsAEcNDSAAQQRqIQQMBwsgB0EBaiEFIAdB+QFNDQkMDAsgAUFQakH/AXFBCk8NCwsg"
    "ACABQS1GaiEJQQAhBANAIAkgBGohBSAEQQFqIgYhBCAFLQAAIgVBUGpB/wFxQQpJDQALIAZBAUYNCiAJIAZqIgpBf2ohBAJAIAZBAkYNACAJLQAAQf8BcUEw"
    "Rg0LCwJAIAVB/wFxQS5HDQBBACEEA0AgCiAEaiEFIARBAWoiBiEEIAUtAAAiBUFQakH/AXFBCkkNAAsgCiAGakF/aiEEIAZBAUYNCwsgBCAAa0EoSw0KIAVB"
    "IHJB/wFxQeUARw0EIARBAWohBQJAAkAgBC0AAUFVag4DAAEAAQsgBEECaiEFC0EAIQADQCAFIABqIQQgAEEBaiIGIQAgBC0AAEFQakH/AXFBCkkNAAsgBkEB"
    "Rg0KIAZBf2oiAEECSw0KIAAgBWohBAwECyAAQQFqIQADQCAA/QAAACIL/QwiIiIiIiIiIiIiIiIiIiIi/SMgC/0MXFxcXFxcXFxcXFxcXFxcXP0j/VAgC/0M"
    "ICAgICAgICAgICAgICAgIP0l/VAiC/1kIQQCQCAL/VMNACAAQRBqIQAMAQsCQAJAIAAgBGhqIgAtAAAiBEHcAEYNACAEQSJHDQEgAEEBaiEEDAYLIAAQgYCA"
    "gAAiAEUNCwwBCyAAEIKAgIAAIgBFDQoMAAsLIAFBIkcNCCAIQQJqIQADQCAA/QAAACIL/QwiIiIiIiIiIiIiIiIiIiIi/SMgC/0MXFxcXFxcXFxcXFxcXFxc"
    "XP0j/VAgC/0MICAgICAgICAgICAgICAgIP0l/VAiC/1kIQECQCAL/VMNACAAQRBqIQAMAQsCQCAAIAFoaiIBLQAAIgBB3ABHDQAgARCBgICAACIADQEMCgsC"
    "QCAAQSJHDQAgAUECaiEAIAFBAWohAQNAIAEtAAAiBUF3aiIEQRdLDQRBASAEdEGRgIAEcUUNBCAAQQFqIQAgAUEBaiEBDAALCyABEIKAgIAAIgBFDQkMAAsL"
    "IABBAmohAAJAA0ACQCAAQX9qLQAAQXdqDhgAAgoKAAoKCgoKCgoKCgoKCgoKCgoKCgAKCyAAQQFqIQAMAAsLIAAgA0kNBQwGCyAFQTpHDQYDQCAALQAAIgFB"
    "d2oiBEEXSw0CQQEgBHRBkYCABHFFDQIgAEEBaiEADAALCyAEQQFqIQADQAJAAkACQCAELQAAIgVBd2oOJAIJCQkCCQkJCQkJCQkJCQkJCQkJCQkJAgkJCQkJ"
    "CQkJCQkJAQALAkACQCAFQd0ARw0AIAQhACACQQVqIAdqLQAAQQFxDQoMAQsgBUH9AEcNCSAEIQAgAkEFaiAHai0AAEEBcUUNCQtBACEEDAQLAkADQCAALQAA"
    "IgFBd2oiBEEXSw0BQQEgBHRBkYCABHFFDQEgAEEBaiEADAALCyAAQX9qIQggAkEFaiAHai0AAEEBcUUNAkECIQQMAwsgAEEBaiEAIARBAWohBAwACwtBASEE"
    "DAALCwsLIAAgA0EBakYhAAwBC0EAIQALIAJBgAJqJICAgIAAIAALtgIBA38CQAJAAkACQCAALQABQV5qDlQBAwMDAwMDAwMDAwMDAQMDAwMDAwMDAwMDAwMD"
    "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAQMDAwMDAQMDAwEDAwMDAwMDAQMDAwEDAQADCyAALQACIgFBUGpB/wFxQQpJDQEgAUHfAXFBv39qQf8B"
    "cUEGSQ0BDAILIABBAmoPCwJAIAAtAAMiAkFQakH/AXFBCkkNACACQV9xQb9/akH/AXFBBUsNAQsCQCAALQAEIgNBUGpB/wFxQQpJDQAgA0FfcUG/f2pB/wFx"
    "QQVLDQELAkAgAC0ABSIDQVBqQf8BcUEKSQ0AIANBX3FBv39qQf8BcUEFSw0BCwJAIAFBIHJB5ABHDQAgAkH/AXFBN0sNAQsgAEEGag8LQQALzwIBB38gACEB"
    "AkACQCAALAAAIgJBf0oNACAAIQEDQEGgASEDQb8BIQRBAiEFQQEhBgJAAkACQAJAAkACQAJAAkACQAJAIAJB/wFxQaB+ag4VCAMDAwMDAwMDAwMDAwAEBAED"
    "AwMCAwtBgAEhA0GfASEEDAYLQZABIQMMAwtBgAEhA0GPASEEDAILIAJBPmpB/wFxQR5JDQIgAkEfakH/AXFBDEkNAEEDIQVBACEGAkAgAkEPakH/AXFBA0kN"
    "AEEADwtBgAEhAwwEC0GAASEDDAILQQMhBUEAIQYMAgtBASEFIAEsAAFBv39MDQJBAA8LQQEhBgtBACEHIAEtAAEiAiADSQ0DIAIgBEsNAyABLAACQb9/Sg0D"
    "IAYNACABLAADQb9/Sg0DCyABIAVqIgNBAWohASADLAABIgJBAEgNAAsLQQAgASABIABGGyEHCyAHCw=="
)
"""The module."""


class Plain:
    """Compiles the module; an instance is made in the process that asks first."""

    def __init__(self) -> None:
        config = Config()
        config.parallel_compilation = False  # a worker may start no thread
        self._engine = Engine(config)
        self._ready = Linker(self._engine).instantiate_pre(Module(self._engine, BINARY))
        self._guest: Guest | None = None

    def __call__(self, lines: bytes) -> bool:
        """Whether each of the lines is a JSON object, beyond doubt. The last one ends without a line feed."""
        begin, size = 0, len(lines)
        while size - begin > _MOST_BYTES:
            end = lines.rfind(b"\n", begin, begin + _MOST_BYTES + 1)
            if end < 0 or not self._look(lines[begin:end]):
                return False
            begin = end + 1
        return self._look(lines[begin:])

    def _look(self, lines: bytes) -> bool:
        try:
            if self._guest is None:
                self._guest = Guest(self._ready, Store(self._engine))
            guest = self._guest
            guest.write(_PLACE, lines)
            guest.write(_PLACE + len(lines), b"\n")
            return bool(guest.call(b"plain", _PLACE, len(lines)) & 1)
        except (Trap, WasmtimeError):  # no memory for the instance
            self._guest = None
            return False
