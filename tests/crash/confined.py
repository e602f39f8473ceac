"""Run by test_confinement: start a pool under restrictions, run a batch with a poison event, print what happened as JSON.

python confined.py [--user UID] [--deny SYSTEM_CALL]
"""

import argparse
import asyncio
import ctypes
import json
import os
import sys
import tempfile
from pathlib import Path

import pyseccomp

from transformer.errors import TransformerError
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

POISON = "def transformEvent(event, metadata):\n    while event['n'] == 1:\n        pass\n    return event\n"


NEWNS, MNT_DETACH, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 2, 4096, 16384, 1 << 18  # include/uapi/linux/sched.h and mount.h


def reveal():
    """Show this Python and this repository to every user, in a mount namespace of our own: they may lie in root's home."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source, target, kind, flags, data=None):
        if libc.mount(os.fsencode(source), os.fsencode(target), kind, ctypes.c_ulong(flags), data) != 0:
            raise OSError(ctypes.get_errno(), f"mount {target}")

    needed = {Path(path).resolve() for path in (sys.base_prefix, sys.prefix, Path(__file__).parents[2])}
    closed = {}
    for path in needed:
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 1:
                closed.setdefault(folder, []).append(path)
                break
    if libc.unshare(NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for folder, paths in closed.items():
        kept = []
        for path in paths:
            kept.append(tempfile.mkdtemp())
            mount(path, kept[-1], None, MS_BIND | MS_REC)
        mount("none", folder, b"tmpfs", 0, b"mode=755")
        for path, keep in zip(paths, kept, strict=True):
            path.mkdir(parents=True)
            mount(keep, path, None, MS_BIND | MS_REC)
            libc.umount2(os.fsencode(keep), MNT_DETACH)
            Path(keep).rmdir()


async def main():
    try:
        async with Pool(Settings(event_seconds=0.3)) as pool:
            plan = Plan("w", (Step("hash", "python", "t", POISON),), Limits(event_seconds=0.3))
            ledger = await pool.run(plan, Batch([b'{"n":%d}' % n for n in range(3)]))
            held, extras = pool.confinement
            sys.stdout.write(json.dumps({"uid": os.getuid(), "status": list(ledger.status), "held": held, "extras": extras}))
    except TransformerError as error:
        sys.stdout.write(json.dumps({"error": error.message}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", type=int)
    parser.add_argument("--deny")
    chosen = parser.parse_args()
    if chosen.user:
        reveal()
        os.setgroups([])
        os.setresgid(*[chosen.user] * 3)
        os.setresuid(*[chosen.user] * 3)
    if chosen.deny:
        restriction = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        restriction.add_rule(pyseccomp.ERRNO(1), chosen.deny)
        restriction.load()
    asyncio.run(main())
