"""What every engine offers, and what user code may raise to say more than "it failed".

The same entry points in every language: `transformEvent(event, metadata)` for each event, or `transformBatch(events,
metadata)` for the whole batch; where code defines both, `transformBatch` is used. The worker (`transformer/worker/turn.py`)
calls a `Program`, judges what it returned, and asks it to explain what it raised. Engines know nothing of frames, batches or
outcomes.

The guest imports this file: it may use the standard library only, and what the project shares between both sides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.report import EntryPoint, Imported, Report
from transformer.engines.surroundings import ALONE, Library, Surroundings
from transformer.errors import Code, Problem
from transformer.limits import Limits
from transformer.outcome import Place
from transformer.wire.calls import CallError, CallKind, Reply

__all__ = [
    "ALONE",
    "ArtefactError",
    "Drop",
    "Engine",
    "EngineSpec",
    "EntryPoint",
    "Explained",
    "Host",
    "Imported",
    "Invalid",
    "Library",
    "LoadError",
    "Many",
    "OutOfTime",
    "Program",
    "Report",
    "Retry",
    "StartError",
    "Surroundings",
    "Unavailable",
]


class Drop(BaseException):
    """User code raises it to drop the event, with a reason.

    Not an Exception, so that a broad `except Exception` lets it pass.
    """

    def __init__(self, reason: object = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Retry(BaseException):
    """User code raises it to have the event sent again, after some seconds, for a reason."""

    def __init__(self, after_seconds: object = None, reason: object = "") -> None:
        super().__init__(after_seconds, reason)
        self.after_seconds = after_seconds
        self.reason = reason


class Invalid(BaseException):
    """User code raises it to fail the event as invalid, with a message for whoever sent it."""

    def __init__(self, message: object = "") -> None:
        super().__init__(message)
        self.message = message


class Unavailable(BaseException):
    """The platform cannot answer a host call, which is not the code's fault: the event fails as retryable.

    Not an Exception, so that no handler of the code's takes it for a trouble of its own.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OutOfTime(BaseException):
    """The event has run for as long as it may, what it waited for host calls not counted. No handler of the code's sees it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LoadError(Exception):
    """Code could not be compiled or loaded: `problems` says why, at least one."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class ArtefactError(LoadError):
    """What code was compiled to is of no use here: of another machine, or damaged. The code is to be compiled again."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What an exception from user code means: code, sentence, and the line of the user's own code that it came from."""

    code: Code
    message: str
    place: Place | None = None


class StartError(Exception):
    """Code that was loaded cannot be started, whatever the events: `what` says what that means."""

    def __init__(self, what: Explained) -> None:
        super().__init__(what.message)
        self.what = what


def _ignore(_what: str) -> None:
    """No log, no counter."""


class Host:
    """What surrounds a program: it logs there, is told its limits, and asks for what its version declares.

    This one answers no calls: it is for checks, probes and tests. A worker's is in `transformer/worker/host.py`.
    """

    def __init__(
        self,
        log: Callable[[str], None] = _ignore,
        limits: Callable[[], Limits] = Limits,
        *,
        capabilities: Capabilities = NOTHING,
        parameters: str = "",
        libraries: tuple[Library, ...] = (),
        legacy: bool = False,
        count: Callable[[str], None] = _ignore,
    ) -> None:
        self.log = log
        """Takes a line that user code logs."""
        self.limits = limits
        """Those of the running turn."""
        self.capabilities = capabilities
        """What the version declares."""
        self.parameters = parameters
        """Of a step that is a library's transform: JSON text of an object; "" for code of a workspace's own."""
        self.libraries = libraries
        """What the code may import: itself pinned, and so is what those import."""
        self.legacy = legacy
        """Whether the code was written for an older service, whose ways it relies on: JavaScript knows them."""
        self.count = count
        """Takes what the code did, one of `wire.turns.COUNTED`."""

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """What is done within is the code's own, although an event is the first to need it: that is not blamed for its cost."""
        yield

    def ask(self, kind: CallKind, arguments: Mapping[str, Any], *, here: bool = False) -> Any:
        """The value of one host call. Only the event that asks waits for it; with `here`, the whole worker does.

        `here` is for where another event must not run: below a call into an engine's own machine. `arguments`, and a value
        that is a dict, are JSON with bytes allowed at the top.

        Raises:
            CallError: there is none, which the code may handle.
            Unavailable: there is none through our own fault: the event ends.
        """
        del here
        self.begin(kind, arguments)
        reply = self.next()
        return None if reply is None else reply.result()

    def begin(self, kind: CallKind, arguments: Mapping[str, Any]) -> int:
        """Ask without waiting. Returns the id under which `next` will bring the answer. Raises CallError if it is refused."""
        del arguments
        raise CallError("unsupported", f"{kind} cannot be used here")

    def next(self, until: float | None = None) -> Reply | None:
        """The next answer to what this event began. Waits for it, and other events run meanwhile.

        None: the monotonic clock has come to `until`; or nothing that this event began is left, and something happened in
        another event. Raises LookupError if nothing can ever happen. An answer may hold its error: see `Reply.result`.
        """
        if until is None:
            raise LookupError
        time.sleep(max(0.0, until - time.monotonic()))
        return None

    @property
    def credentials(self) -> Mapping[str, Any] | None:
        """What came with the events, for `getCredential`, before secrets of the workspace. None: nothing came with them."""
        return None

    def credential(self, name: str) -> tuple[Any] | None:
        """What `getCredential` gives without asking: its only item; None where the workspace's secrets are to be asked."""
        found = self.credentials
        if found is None or (name not in found and self.capabilities.secrets):
            return None
        return (found.get(name),)

    def table(self, name: str) -> Any:
        """A reference table that the version declares, mapped: `get(key, default)`. Raises CallError."""
        raise CallError("missing", f"there is no table {name[:64]!r} here")


class Many(Protocol):
    """How code is called where a call costs much and an event little: once for many events, as text."""

    logged: list[tuple[int, str]]
    """What the newest call logged, whether it went well or not: the place of the event among the call's, and the line."""

    def __call__(self, events: list[bytes], metadata: Callable[[], bytes]) -> list[bytes]:
        """The answer to each event, not yet looked at. Events, metadata and answers are lines of JSON without their ends.

        `metadata` makes the metadata of all the events, if the code wants them. Raises what failed the call as a whole.
        Where every answer is its event, that may be told by the same list.
        """
        ...

    def value(self, answer: bytes) -> Any:
        """What an answer says: as if the code had returned it, so anything. Raises the verdict, if it is one."""
        ...


class Program(Protocol):
    """A loaded version: its module-level code has run, and its globals live until the worker forgets it."""

    @property
    def entry_point(self) -> EntryPoint | Literal["joined"]:
        """`joined`: a program of ours, alone in its plan, which takes all events of a batch and returns a list of `Joined`."""
        ...

    text_only: bool
    """Whether events reach the code as JSON text. What JSON cannot say must then be refused before it gets there."""

    finite: bool
    """Whether it is proven that what the code returns holds no NaN and no infinity, unless the event does."""

    @property
    def call(self) -> Callable[[Any, Callable[[Any], Any]], Any]:
        """Called with event or events, and the metadata function → whatever the code returned. Raises what it raised.

        One that is `joined` looks at no metadata: it gets what to call with the place of the event that it is at, None for all.
        """
        ...

    @property
    def many(self) -> Many | None:
        """A door for many events at a time, beside `call`, for an entry point that takes each for itself; usually none."""
        ...

    @property
    def raw(self) -> Callable[[bytes, Callable[[Any], Any]], Any] | None:
        """A door beside `call` for one event as it came, read by nobody yet: for a language that does so itself. Usually none.

        Returns the bytes of its one output, ready to be sent; or what `call` would, which raises what this raises; or
        NotImplemented, before any code ran: then `call` is to have it, once it was read and found to be an event.
        """
        ...

    def explain(self, raised: BaseException) -> Explained:
        """What `raised`, which came out of `call`, means.

        Never raises, runs as little user code as it can, and holds no frame of ours. Bounded in size, and equal for equal
        failures: no address, path, id or time in it.
        """
        ...


class Engine(Protocol):
    """Runs one language. Lives in a worker, after the lockdown."""

    def check(self, source: str, name: str, around: Surroundings = ALONE) -> Report:
        """Compile `source` and look at it, without running it.

        Never raises for bad code: the report says what is wrong, all of it.
        """
        ...

    def load(self, source: str, name: str, host: Host) -> Program:
        """Compile `source` and run its module-level code. `name` stands for the file in places.

        Raises:
            LoadError: the code cannot be compiled, raised while it was loading, or has no entry point.
        """
        ...


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine as the host sees it: light, no import of the engine itself."""

    name: str
    summary: str
    suffixes: tuple[str, ...]
    """File name endings of its sources."""

    module: str
    """The module whose `open_engine()` returns the Engine; imported in the guest only."""

    probe: str
    """A program that returns its event: the smallest proof that the engine works."""

    counting_module: str = ""
    """The module to take instead where fuel is to be counted (`Limits.event_fuel`); "" where the engine cannot."""

    requires: tuple[str, ...] = ()
    """Modules that it needs beyond what every installation has."""

    extra: str = ""
    """The extra of this package that brings them."""

    system_calls: tuple[str, ...] = ()
    """What its workers may ask of the kernel, beyond what CPython needs."""

    code_pages: bool = False
    """Whether it makes machine code while it runs: then its workers may map executable memory."""

    binary: bool = False
    """Whether its sources are binaries, text in base64 on the host, and its engine is a BinaryEngine."""

    heavy: bool = False
    """Whether a loaded version of it takes some half a MiB, whatever it does: an interpreter's globals, machine code."""

    keeps_time: bool = False
    """Whether it stops code whose time is over, and needs no host to end the worker for that."""

    memory_signals: frozenset[str] = frozenset()
    """Signals by which the engine ends its process when memory runs out."""

    def under(self, limits: Limits) -> EngineSpec:
        """The engine to open under these limits."""
        return replace(self, module=self.counting_module) if limits.event_fuel and self.counting_module else self

    @property
    def missing(self) -> str:
        """A sentence that says what to install where the engine cannot be started here, else an empty one."""
        if all(find_spec(module) for module in self.requires):
            return ""
        return f"the engine {self.name} is not installed here: install transformer[{self.extra}]"
