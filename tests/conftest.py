"""What several folders of tests need: honest skips, and no process left behind.

A machine may lack what a test needs. At home such a test is skipped; in CI, where the machine is ours, it fails, so that a green run
never means "nothing was tried". A test says what it needs with `@pytest.mark.need("postgres")`, or asks the `need` fixture.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from hypothesis import HealthCheck, settings

from tests import node, valkey
from tests import postgres as postgresql
from tests.guests import build
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.wasm.spec import WASM
from transformer.errors import PlatformError

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As shells have it for what they start in the background: what tests start and interrupt would never hear of it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

T = TypeVar("T")

# How long an example takes says how busy the machine is. `pytest-timeout` ends what hangs.
settings.register_profile("any machine", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
_LANDLOCK_CREATE_RULESET = 444  # the same number on x86-64 and arm64


def _landlock() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return sys.platform == "linux" and libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, 1) > 0


def _seccomp() -> bool:
    try:
        import pyseccomp  # noqa: F401 - it loads libseccomp when it is imported
    except (ImportError, OSError, RuntimeError):
        return False
    return Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def _user_namespaces() -> bool:
    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"  # CLONE_NEWUSER
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _postgres() -> bool:
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _small_disk() -> bool:
    """Whether a disk of some kilobytes can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True
        ).returncode:
            return False
        return subprocess.run(["umount", folder], check=False).returncode == 0


FEATURES: dict[str, Callable[[], bool]] = {
    "componentize-py": lambda: build.has_toolchain("componentize-py"),
    "curl": lambda: shutil.which("curl") is not None,
    "javascript": lambda: not JAVASCRIPT.missing,
    "linux": lambda: sys.platform == "linux",
    "landlock": _landlock,
    "node": lambda: node.program() is not None,
    "patch": lambda: shutil.which("patch") is not None,
    "postgres": _postgres,
    "qemu": lambda: shutil.which("qemu-aarch64") is not None,
    "rurex": lambda: find_spec("rurex") is not None,
    "redis": lambda: valkey.program() is not None,
    "root": lambda: os.geteuid() == 0,
    "seccomp": _seccomp,
    "small disk": _small_disk,
    "user namespaces": _user_namespaces,
    "zig": lambda: build.has_toolchain("ziglang"),
    "wasm": lambda: not WASM.missing,
}


@cache
def has(feature: str) -> bool:
    """Whether the machine has `feature`; probed once."""
    return FEATURES[feature]()


def need_feature(feature: str) -> None:
    """Skip the test where `feature` is missing; in CI fail it."""
    if not has(feature):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{feature} is not available here")


@pytest.fixture(scope="session")
def need() -> Callable[[str], None]:
    """need(feature): skip where it is missing, fail there in CI."""
    return need_feature


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """until(fact): wait until it is true, for twenty seconds at most: a machine may be busy."""

    async def wait(fact: Callable[[], object]) -> None:
        for _ in range(2000):
            if fact():
                return
            await asyncio.sleep(0.01)
        pytest.fail("it did not become true in time")

    return wait


@pytest.fixture
def in_time() -> Callable[[Callable[[float], Awaitable[T]]], Awaitable[T]]:
    """in_time(ask): what ask(timeout) answers within its timeout, the first time that it does.

    For answers that are promised before the caller's deadline: a machine that stands still for a moment breaks that promise for
    anybody, but not three times.
    """

    async def ask_again(ask: Callable[[float], Awaitable[T]]) -> T:
        for timeout in (1.5, 2.5, 4.0):
            with contextlib.suppress(PlatformError):
                return await ask(timeout)
        pytest.fail("no answer came before its deadline")

    return ask_again


@pytest.fixture
def alive() -> Callable[[psutil.Process], bool]:
    """alive(process): whether it runs. One that ends while it is asked is not alive, and neither is a zombie."""

    def ask(process: psutil.Process) -> bool:
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return ask


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder `../shared`. Where it does not exist, as in a clone of the repository alone, the test is skipped, also in CI."""
    if not SHARED.is_dir():
        pytest.skip("there is no ../shared beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server, started once for the session, on a Unix socket only; stopped at the end."""
    programs = postgresql.programs()
    if programs is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "PostgreSQL is not installed here (Debian: apt install postgresql)"
        )
    server = postgresql.PostgresServer(programs)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("need"):
        for feature in mark.args:
            need_feature(feature)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among several processes, files with slow tests begin first: else one of them would run alone at the end."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def _processes() -> dict[int, tuple[int, int, str]]:
    """Every process: its parent, its start in clock ticks since boot, its command line. Dead ones are left out."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *rest = (entry / "stat").read_text().rpartition(") ")[2].split()
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (OSError, ValueError):
            continue
        if state not in "ZX":
            found[int(entry.name)] = (int(parent), int(rest[17]), words)
    return found


def left_alive(since: int | None) -> list[str]:
    """Processes that this one started and did not end: its descendants, and workers begun `since` then whose parent is gone."""
    table = _processes()
    ours = {os.getpid()}
    while more := {pid for pid, (parent, _, _) in table.items() if parent in ours} - ours:
        ours |= more
    ours.discard(os.getpid())
    orphans = {
        pid
        for pid, (parent, start, words) in table.items()
        if since is not None and parent == 1 and start > since and "transformer.worker" in words
    }
    return [f"{pid}: {table[pid][2] or '(no command line)'}" for pid in sorted(ours | orphans)]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    # One of several processes of a run looks only for its own children: an orphan may be of a test that runs in another.
    side = hasattr(session.config, "workerinput")
    session.config.stash[_STARTED] = _processes()[os.getpid()][1] if sys.platform == "linux" and not side else None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """One of several processes of a run has ended; what it left alive is the run's."""
    node.config.stash[_ALIVE] = node.config.stash.get(_ALIVE, []) + getattr(node, "workeroutput", {}).get(_LEFT, [])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that leaves a process alive has failed, whatever its tests said."""
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + 5
    while (alive := left_alive(session.config.stash[_STARTED])) and time.monotonic() < deadline:
        time.sleep(0.05)
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_LEFT] = alive
        return
    alive += session.config.stash.get(_ALIVE, [])
    if alive:
        sys.stderr.write("\n".join(["", "processes that the tests left alive:", *alive, ""]))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_STARTED = pytest.StashKey[int | None]()
_ALIVE = pytest.StashKey[list[str]]()
_LEFT = "left alive"
