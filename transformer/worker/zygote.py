"""The zygote: a small process that imports what workers need, once, and forks a worker whenever the host asks for one.

Started by exec (`__main__`), never forked from the host, so that it holds nothing of the host's: no thread, no connection, no
secret, no environment. It never sees user code. It is single-threaded and answers one request after the other on a
sequenced-packet socket, as JSON: first a `hello`, then

    {"fork": memory bytes} + 2 descriptors (the worker's socket, its progress mark)   → {"pid": n} or {"error": why}
    {"end": pid, "wait": s}   collect the worker; kill its group if it has not ended by itself after s seconds
                                                                                      → {"status": n, "killed": bool}

Only `end` collects a worker, dead or alive: until then its pid cannot be given to another process, so no other one can be hit.
When the socket closes, the zygote ends, and every worker with it (PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import base64
import gc
import hashlib
import importlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from transformer.engines.base import Engine, Host
from transformer.engines.compiled import BinaryEngine
from transformer.wire.frames import LOST_HOST
from transformer.worker import lockdown, opening, progress
from transformer.worker.artefacts import SPARE_DESCRIPTORS
from transformer.worker.namespaces import die_with_parent, empty_root
from transformer.worker.serve import LostHostError, Worker

__all__ = ["main"]

_MESSAGE_BYTES: Final = 1 << 16
_LOOK_SECONDS: Final = 0.001
_NICE: Final = 5
"""On a busy machine the host goes first: every worker waits for it, and so does every caller who is to be refused."""


def main(control: socket.socket, extras: list[str], *, apart: bool) -> None:
    """Say hello, then serve `control` until it closes. The first message on it is the configuration.

    `apart` says that it is to be confined; `extras` are the namespaces that were granted.
    """
    order = json.loads(control.recv(_MESSAGE_BYTES))
    policy = lockdown.Policy(
        system_calls=base64.b64decode(order["system_calls"]),
        landlock=tuple(order["landlock"]),
        memory_bytes=0,
        code_pages=order["code_pages"],
        skip=frozenset(order["skip"]),
    )
    binaries: list[str] = order["binaries"]
    die_with_parent()
    os.nice(_NICE)
    os.environ.clear()
    sys.path.extend(order["guest_path"])
    engines = {name: importlib.import_module(module).open_engine() for name, module in order["engines"].items()}
    for engine, probe in zip(engines.values(), order["probes"], strict=True):
        engine.check(probe, "probe")
        engine.load(probe, "probe", Host())
    fingerprints = {name: _fingerprint(order["engines"][name], engines[name]) for name in binaries}
    answers_opens = bool(binaries) and opening.install()
    os.environ.clear()  # importing the engines may have set something
    lockdown.note_data_size()
    if "mount_namespace" in extras:
        extras += empty_root()
    if apart:
        lockdown.drop_privileges()
        die_with_parent()  # a change of uid takes it back
    # The host's side of the worker protocol is compiled in already; a collection in a child would copy pages for nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    control.send(json.dumps({"hello": os.getpid(), "extras": extras, "fingerprints": fingerprints}).encode())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 2)
        if not message:
            return
        request = json.loads(message)
        if "fork" in request:
            descriptors_kept = request["limits"]["versions"] + SPARE_DESCRIPTORS if binaries else 0
            own = replace(policy, memory_bytes=request["fork"], descriptors=descriptors_kept)
            answer = _fork(control, descriptors, request, own, engines, extras, answers_opens=answers_opens)
        else:
            answer = _end(request["end"], request["wait"])
        control.send(json.dumps(answer).encode())


def _fork(
    control: socket.socket,
    descriptors: list[int],
    request: dict[str, Any],
    policy: lockdown.Policy,
    engines: dict[str, Engine],
    extras: list[str],
    *,
    answers_opens: bool,
) -> dict[str, Any]:
    """The answer to a fork request. In the child it never returns: the process ends with the worker."""
    zygote = os.getpid()
    try:
        pid = os.fork()
    except OSError as wrong:
        return {"error": wrong.strerror}
    finally:
        if os.getpid() == zygote:
            for descriptor in descriptors:
                os.close(descriptor)
    if pid:
        return {"pid": pid}
    status = 1
    try:
        control.close()
        mark = progress.open_mark(descriptors[1])
        mark[0] = progress.IDLE
        held = lockdown.lock(socket.socket(fileno=descriptors[0]), policy, zygote)
        answers_opens = answers_opens and "system_calls" in held
        Worker(lockdown.SOCKET, mark, engines, request["limits"], answers_opens=answers_opens).serve(held, extras)
        status = 0
    except LostHostError:
        status = LOST_HOST
    finally:
        os._exit(status)


def _fingerprint(module: str, engine: Engine) -> str:
    """What artefacts of the engine depend on: besides what it says itself, the code that looks at binaries."""
    binary_engine: BinaryEngine = engine  # type: ignore[assignment]  # the host asks for no others
    digest = hashlib.sha256(binary_engine.fingerprint().encode())
    for path in sorted(Path(sys.modules[module].__file__ or "").parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _end(pid: int, wait_seconds: float) -> dict[str, Any]:
    """Collect a worker, dead or alive. Nobody else is served meanwhile, so the wait is for what is ending already.

    It is counted in looks, not by the clock: where the machine stands still, the worker had no time to end either.
    """
    for _ in range(1 + round(wait_seconds / _LOOK_SECONDS)):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return {"status": status, "killed": False}
        if wait_seconds:
            time.sleep(_LOOK_SECONDS)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has not reached its setpgid yet
        os.kill(pid, signal.SIGKILL)
    return {"status": os.waitpid(pid, 0)[1], "killed": True}
