"""A worker's life after the lockdown: say hello, then one turn at a time until the host hangs up.

Each request is answered by frames that end with exactly one END, MISSING or CHECKED, or the process dies. Nothing else is
promised: a worker that is in doubt about itself says `worn` in its END, and the host replaces it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from time import monotonic
from typing import Any

import orjson

from transformer.capabilities import Capabilities
from transformer.engines.base import ArtefactError, Engine, Host, Library, LoadError, Program, Report, Surroundings
from transformer.engines.compiled import BinaryEngine, Compiled
from transformer.errors import Problem
from transformer.limits import Limits
from transformer.wire.frames import Kind, frame_head, read_frame
from transformer.wire.turns import WELL, read_turn
from transformer.worker import progress
from transformer.worker.artefacts import fill, mapped, receive
from transformer.worker.credentials import Credentials
from transformer.worker.host import WorkerHost
from transformer.worker.hostcalls import Calls
from transformer.worker.loaded import Loaded
from transformer.worker.outbox import Outbox
from transformer.worker.tables import Tables
from transformer.worker.turn import run_turn

__all__ = ["LostHostError", "Worker"]


class LostHostError(BaseException):
    """The host can no longer be written to. Not an Exception: no code may take it for one of its own."""


class Worker:
    """One confined process of one workspace, with the programs it has loaded, least recently used out first."""

    def __init__(
        self,
        descriptor: int,
        mark: memoryview,
        engines: dict[str, Engine],
        limits: dict[str, Any],
        *,
        answers_opens: bool = False,
    ) -> None:
        """Nothing happens yet. `answers_opens`: calls for files are answered by `opening`."""
        self._descriptor = descriptor
        self._mark = mark
        self._engines = engines
        self._frame_bytes: int = limits["frame_bytes"]
        self._programs: Loaded[Program] = Loaded(limits["versions"])
        self._artefacts: dict[str, tuple[int, int]] = {}  # descriptor and size, for the next turn
        self._answers_opens = answers_opens
        self._asking: set[str] = set()  # the programs among them that may ask the host
        self._credentials = Credentials()
        self._outbox = Outbox(self._send)
        self._tables = Tables()
        self._calls = Calls(descriptor, self._frame_bytes, mark, self._outbox, self._send)

    def serve(self, held: list[str], extras: list[str]) -> None:
        """Return when the host has hung up."""
        self._send(Kind.HELLO, [orjson.dumps({"held": held, "extras": extras})])
        while (frame := read_frame(self._read, self._frame_bytes)) is not None:
            kind, body = frame
            if kind is Kind.TURN:
                self._turn(body)
            elif kind is Kind.ARTEFACT:
                told = orjson.loads(body)
                (descriptor,) = receive(1)
                self._artefacts[told["hash"]] = (descriptor, told["size"])
            elif kind is Kind.TABLE:
                self._tables.take(orjson.loads(body))
            elif kind is Kind.CHECK:
                self._check(orjson.loads(body))
            # A REPLY comes too late: nobody waits for it any more.
            self._mark[0] = progress.IDLE

    def _read(self, most: int) -> bytes:
        return os.read(self._descriptor, most)

    def _send(self, kind: Kind, parts: Sequence[bytes | bytearray]) -> None:
        self._write(self._frame(kind, parts))

    def _frame(self, kind: Kind, parts: Sequence[bytes | bytearray]) -> list[bytes | bytearray]:
        return [frame_head(kind, sum(map(len, parts)), self._frame_bytes), *parts]

    def _write(self, parts: list[bytes | bytearray]) -> None:
        try:
            written = os.writev(self._descriptor, parts)
            if written < sum(map(len, parts)):
                view = memoryview(b"".join(parts))[written:]
                while view:
                    view = view[os.write(self._descriptor, view) :]
        except OSError:
            raise LostHostError from None

    def _turn(self, body: bytes) -> None:
        began, turn = monotonic(), read_turn(body)
        head = turn.head
        outbox = self._outbox
        for outdated in self._credentials.begin(head.get("credentials")):
            self._programs.discard(outdated)
        if "limits" in head:
            outbox.limits = Limits(**head["limits"])
        missing = [
            step["hash"]
            for step in head["steps"]
            if step["hash"] not in self._programs and "source" not in step and step["hash"] not in self._artefacts
        ]
        if missing:
            self._say_missing(missing)
            return
        if "tables" in head:
            self._tables.start(head["tables"], head.get("tables_over", ()))
        outbox.begin(keep_logs=head["logs"])
        may_ask = any("capabilities" in step or step["hash"] in self._asking for step in head["steps"])
        if may_ask:
            self._calls.start(head["count"])
        try:
            self._mark[0] = progress.LOADING
            programs = list(map(self._program, head["steps"]))
        except _UselessError as useless:
            self._say_missing([useless.key])
            return
        except _StepError as broken:
            outbox.fail_all(range(head["count"]), broken.step, broken.cause)
        else:
            asking = may_ask and any(step["hash"] in self._asking for step in head["steps"])
            run_turn(programs, turn, self._mark, outbox, self._calls if asking else None)
        self._drop_artefacts()  # what came for steps that were not reached
        self._forget()  # only now: one turn may need more versions than are kept
        if may_ask and (waited := self._calls.waited_us) is not None:
            took = round((monotonic() - began) * 1_000_000)
            outbox.counts |= {"waited_us": waited, "took_us": took, "lanes": self._calls.most_lanes}
        self._end_turn()

    def _say_missing(self, keys: list[str]) -> None:
        self._drop_artefacts()
        self._send(Kind.MISSING, [orjson.dumps(keys)])

    def _end_turn(self) -> None:
        """Send what is left of the outcomes and the end in one write: the host wakes up once."""
        outbox = self._outbox
        chunk = outbox.take()
        told = orjson.dumps({"worn": outbox.worn, "counts": outbox.counts}) if outbox.worn or outbox.counts else WELL
        end = self._frame(Kind.END, [told])
        self._write([*self._frame(Kind.CHUNK, chunk), *end] if chunk else end)

    def _program(self, step: dict[str, Any]) -> Program:
        key = step["hash"]
        program = self._programs.use(key)
        if program is None:
            self._mark[1] = step["index"]
            self._credentials.loading()
            try:
                program = self._load(self._engines[step["engine"]], step)
            except ArtefactError:
                raise _UselessError(key) from None
            except LoadError as broken:
                raise _StepError(step["index"], broken) from None
            self._programs.add(key, program, step.get("weight", 1))
            self._credentials.loaded(key)
            if Capabilities.from_manifest(step.get("capabilities")).calls:
                self._asking.add(key)
        return program

    def _load(self, engine: Engine, step: dict[str, Any]) -> Program:
        host = self._host(step)
        if "source" in step:
            return engine.load(step["source"], step["name"], host)
        binary_engine: BinaryEngine = engine  # type: ignore[assignment]  # the host sends artefacts to no other
        with mapped(*self._artefacts.pop(step["hash"]), by_path=self._answers_opens) as artefact:
            return binary_engine.load_artefact(artefact, step["name"], host)

    def _host(self, step: dict[str, Any]) -> Host:
        return WorkerHost(
            self._calls,
            self._tables,
            self._credentials,
            self._mark,
            log=self._outbox.log,
            count=self._outbox.count,
            limits=self._limits,
            capabilities=Capabilities.from_manifest(step.get("capabilities")),
            parameters=step.get("parameters", ""),
            libraries=tuple(map(_library, step.get("libraries", ()))),
            legacy=step.get("legacy", False),
        )

    def _drop_artefacts(self) -> None:
        for descriptor, _ in self._artefacts.values():
            os.close(descriptor)
        self._artefacts.clear()

    def _limits(self) -> Limits:
        return self._outbox.limits

    def _forget(self) -> None:
        for key in self._programs.trim():
            self._asking.discard(key)
            self._credentials.forget(key)

    def _check(self, request: dict[str, Any]) -> None:
        self._mark[0] = progress.LOADING
        engine = self._engines[request["engine"]]
        done = self._compile(engine, request) if "size" in request else Compiled(_checked(engine, request))
        report = done.report
        answer: dict[str, Any] = {
            "problems": [(p.message, p.line, p.column) for p in report.problems],
            "warnings": [(p.message, p.line, p.column) for p in report.warnings],
            "entry_point": report.entry_point,
            "uses_metadata": report.uses_metadata,
            "uses": [(use.kind, use.what, use.line, use.column, use.goes_on) for use in report.uses],
            "artefact": 0 if done.artefact is None else len(done.artefact),
        }
        if report.imports is not None:
            answer["imports"] = [(one.module, one.names, one.offered) for one in report.imports]
        self._send(Kind.CHECKED, [orjson.dumps(answer)])

    def _compile(self, engine: Engine, request: dict[str, Any]) -> Compiled:
        source, target = receive(2)
        binary_engine: BinaryEngine = engine  # type: ignore[assignment]  # the host sends binaries to no other
        with mapped(source, request["size"]) as binary:
            done = binary_engine.compile(binary.view, request["name"])
        if done.artefact is not None and not fill(target, request["room"], done.artefact):
            size, room = len(done.artefact), request["room"]
            told = f"its machine code has {size} bytes; at most {room} can be kept: make it smaller"
            return Compiled(Report(problems=[Problem(told)]))
        return done


def _checked(engine: Engine, request: dict[str, Any]) -> Report:
    source, name = request["source"], request["name"]
    if (around := request.get("around")) is None:
        return engine.check(source, name)
    libraries = tuple(map(_library, around.pop("libraries")))
    return engine.check(source, name, Surroundings(libraries, **around))


def _library(told: dict[str, Any]) -> Library:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Library(**fields)


class _UselessError(Exception):
    """The artefact of the step with this key cannot be loaded."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _StepError(Exception):
    def __init__(self, step: int, cause: LoadError) -> None:
        super().__init__(step)
        self.step = step
        self.cause = cause
