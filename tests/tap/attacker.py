"""An inspector that somebody has taken over: run in the place of `transformer.tap.inspector`, with the same argument.

Instead of looking at an event it tries to get out, and tells what became of it as the event's log lines: what it reached, and
what refused it.
"""

import ctypes
import mmap
import os
import resource
import signal
import socket
import sys
from pathlib import Path

from transformer.tap import inspector
from transformer.tap.parts import pack

libc = ctypes.CDLL(None, use_errno=True)

ATTEMPTS = {
    "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "read its own code": lambda: os.open(inspector.__file__, os.O_RDONLY),
    "write a file": lambda: os.open("/tmp/inspected", os.O_CREAT | os.O_WRONLY),
    "list a folder": lambda: list(os.scandir("/")),
    "look at a file": lambda: Path("/etc/passwd").stat(),
    "remove a file": lambda: Path("/tmp/inspected").unlink(),
    "make a pipe": os.pipe,
    "make a file in memory": lambda: os.memfd_create("x"),
    "make a socket": socket.socket,
    "make a local socket": lambda: socket.socketpair(),
    "make a process": os.fork,
    "signal its server": lambda: os.kill(os.getppid(), 0),
    "signal its group": lambda: os.killpg(0, signal.SIGKILL),
    "raise its limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "make code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    "become root": lambda: os.setuid(0),
    "use other descriptors": lambda: [os.dup(fd) for fd in (0, 1, 2, *range(4, 64)) if libc.fcntl(fd, 1) >= 0] or fail(),
    "read the environment": lambda: dict(os.environ) or fail(),
}


def fail():
    raise OSError(0, "nothing there")


def attempt(name):
    try:
        ATTEMPTS[name]()
    except Exception:  # noqa: BLE001 - whatever it is, it did not get there
        return f"{name}: refused"
    return f"{name}: BREACHED"


def look(self, header, blobs):
    """The answer to any event; one whose id is `exec` is a try at another program, which nothing survives."""
    if header["id"] == "exec":
        os.execv("/bin/true", ["true"])
    texts = dict.fromkeys(inspector._TEXTS, "")
    return pack({"verdict": "shown", **texts, "logs": [attempt(name) for name in ATTEMPTS]}, b"")


if __name__ == "__main__":
    inspector.Inspection.look = look
    inspector._main(int(sys.argv[1]))
