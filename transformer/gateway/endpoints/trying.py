"""Trying code on events before anybody publishes it: what the editor of a control plane asks when "run test" is pressed.

The code comes with the request, libraries by their version ids, credentials as they are. What is answered is what the events
become, what went wrong with each, and what was logged. See `transformer.gateway.running.trial` for where it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Raw, Struct

from transformer.broker.redaction import Redactor
from transformer.engines.base import Surroundings
from transformer.errors import Code
from transformer.gateway.code.planning import fetch_libraries
from transformer.gateway.code.sources import BackendError, CodeSource, Document
from transformer.gateway.code.steps import (
    CodeRefusedError,
    note_secrets,
    read_credentials,
    refuse_large,
    rudder_documents,
    step_of,
)
from transformer.gateway.replies.answers import Answer, refused, told
from transformer.gateway.replies.texts import error_text, problem_text
from transformer.gateway.requests.bodies import ABSENT, BadBodyError, Item, decode, is_absent, is_readable, object_of, read
from transformer.gateway.requests.calls import Call
from transformer.gateway.running.trial import Trial, engine_of, trial_of
from transformer.outcome import Failure, Ledger
from transformer.pool import Batch, Plan, Step

__all__ = ["PrepareCode", "RunCode", "TestCode"]

_MISSING_CODE: Final = "Error: Invalid Request. Missing parameters in transformation code block"
_MISSING_EVENTS: Final = "Error: Invalid request. Missing events"
_USUAL_VERSION: Final = "1"
_MOST_LIBRARIES: Final = 1000
_UNREADABLE: Final = Failure(Code.OUTPUT_UNKNOWN, "the output of the event cannot be read")
_ENCODE: Final = msgspec.json.Encoder().encode
_OURS: Final = frozenset({Code.WORKER_LOST, Code.NO_CAPACITY, Code.DRAINING, Code.INTERNAL, Code.CALL_UNAVAILABLE})


class Revision(Struct, rename="camel"):
    """Code as a control plane has it."""

    code: Any = None
    code_version: str | int | None = None
    language: Any = None
    name: Any = None
    version_id: Any = None


class CodeToTest(Struct, rename={"tr_rev_code": "trRevCode", "library_version_ids": "libraryVersionIDs"}):
    """Body of a test."""

    tr_rev_code: Revision | None = None
    events: list[Item] | None = None
    library_version_ids: list[str] | None = None
    credentials: Raw = ABSENT


class CodeToPrepare(Struct, rename={"tr_rev_code": "trRevCode", "library_version_ids": "libraryVersionIDs"}):
    """Body of a preparation."""

    tr_rev_code: Revision | None = None
    library_version_ids: list[str] | None = None


class Named(Struct, rename="camel"):
    """A library, by its version."""

    version_id: str


class Dependencies(Struct):
    """What code is tried with."""

    libraries: list[Named] | None = None
    credentials: Raw = ABSENT


class CodeToRun(Struct, rename="camel"):
    """Body of a test run."""

    code_revision: Revision | None = None
    input: list[Item] | None = None
    dependencies: Dependencies | None = None


class _Identified(Struct, rename="camel"):
    message_id: Raw = ABSENT


_TEST: Final = msgspec.json.Decoder(CodeToTest)
_RUN: Final = msgspec.json.Decoder(CodeToRun)
_PREPARE: Final = msgspec.json.Decoder(CodeToPrepare)
_IDENTIFIED: Final = msgspec.json.Decoder(_Identified)
_NO_ONE: Final = _Identified()
_ANYTHING: Final = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be tried, on what, with what. `metadatas` are those that count, one for each item."""

    trial: Trial
    document: Document
    items: Sequence[Item]
    metadatas: Sequence[bytes]
    libraries: Sequence[str]
    credentials: Raw


class _Tries:
    """Runs orders."""

    def __init__(self, source: CodeSource, language: str) -> None:
        """`source` has the libraries; `language` is that of code that comes without."""
        self._source = source
        self._language = language

    def order(
        self, call: Call, code: Revision | None, items: Sequence[Item] | None, libraries: Sequence[str], credentials: Raw
    ) -> _Order:
        """What a request orders. Raises BadBodyError."""
        if not items:
            raise BadBodyError(_MISSING_EVENTS)
        if code is None or not _has_code(code) or code.code_version in {None, ""}:
            raise BadBodyError(_MISSING_CODE)
        document = self.document(code)
        trial = trial_of(call, items[0].metadata)
        if wrong := trial.too_large(document.code) or _too_many(items, libraries, trial):
            raise BadBodyError(wrong)
        call.incoming.line["events"] = len(items)
        return _Order(trial, document, items, _metadatas(items), tuple(dict.fromkeys(libraries)), credentials)

    def document(self, code: Revision) -> Document:
        """A revision as a document. Raises BadBodyError, PlatformError: nobody runs its language."""
        engine = engine_of(code.language, self._language)
        version = _USUAL_VERSION if code.code_version in {None, ""} else str(code.code_version)[:9]
        return Document("", code.code, language=engine, code_version=version, name="transformation")

    async def step(self, call: Call, trial: Trial, document: Document, libraries: Sequence[str]) -> Step | Answer:
        """What runs the code, with its libraries; the answer, where it cannot be run. Raises PlatformError."""
        try:
            found = await fetch_libraries(self._source, trial.whose, libraries, bound=bool(call.incoming.scope))
            rudder = await rudder_documents(self._source, [document, *found])
            step = step_of(document, found, rudder, workspace=trial.whose)
            refuse_large(step, trial.limits)
        except BackendError as error:
            return refused(503 if error.retryable else 400, error.told)
        except CodeRefusedError as error:
            return refused(400, error.told)
        return step

    async def run(self, call: Call, order: _Order) -> Ledger | Answer:
        """The ledger of the events; the answer, where the code cannot be run. Raises PlatformError."""
        step = await self.step(call, order.trial, order.document, order.libraries)
        if isinstance(step, Answer):
            return step
        credentials = read_credentials(order.credentials)
        # A hash of its own: what this costs is never charged to code that serves events, nor to another trial.
        step = replace(step, hash=f"trial-{uuid4().hex}")
        plan = Plan(order.trial.workspace, (step,), order.trial.limits, once=True)
        payloads = [bytes(item.message) for item in order.items]
        batch = Batch(payloads, None, list(order.metadatas), credentials=credentials)
        ledger: Ledger = await call.parts.pool.run(plan, batch, deadline=call.incoming.deadline, keep_logs=True)
        redactor = Redactor()
        note_secrets(redactor, order.trial.workspace, order.credentials)
        redactor.ledger(order.trial.workspace, ledger)
        return _refusal(ledger) or ledger


class TestCode:
    """POST /test and /transformation/test: each event as it becomes, or its error alone."""

    def __init__(self, source: CodeSource, language: str) -> None:
        """See `_Tries`."""
        self._tries = _Tries(source, language)

    async def __call__(self, call: Call) -> Answer:
        """200 with `transformedEvents` and `logs`; 400 where nothing can be tried."""
        asked = decode(_TEST, call.body, "a test of code")
        items = asked.events or ()
        credentials = asked.credentials
        if items and _is_empty(credentials):
            credentials = items[0].credentials
        order = self._tries.order(call, asked.tr_rev_code, items, asked.library_version_ids or (), credentials)
        ledger = await self._tries.run(call, order)
        if isinstance(ledger, Answer):
            return ledger
        events = (_error(each) if isinstance(each, Failure) else each for _, each in _results(ledger))
        return _answer(events, ledger)


class RunCode:
    """POST /testRun and /transformation/testRun: each event as it becomes, or its error, with its metadata."""

    def __init__(self, source: CodeSource, language: str) -> None:
        """See `_Tries`."""
        self._tries = _Tries(source, language)

    async def __call__(self, call: Call) -> Answer:
        """200 with `transformedEvents` and `logs`; 400 where nothing can be tried."""
        asked = decode(_RUN, call.body, "a test run of code")
        revision = asked.code_revision
        if revision is not None and revision.code_version in {None, ""}:
            revision = _of_usual_version(revision)
        needs = asked.dependencies or Dependencies()
        libraries = [each.version_id for each in needs.libraries or ()]
        order = self._tries.order(call, revision, asked.input, libraries, needs.credentials)
        ledger = await self._tries.run(call, order)
        if isinstance(ledger, Answer):
            return ledger
        return _answer(_with_metadata(ledger, order.metadatas), ledger)


class PrepareCode:
    """POST /transformation/sethandle: whether code could be run. There is nothing to prepare: workers start by themselves."""

    def __init__(self, source: CodeSource, language: str) -> None:
        """See `_Tries`."""
        self._tries = _Tries(source, language)

    async def __call__(self, call: Call) -> Answer:
        """200 with `success`; 400 with what is wrong with the code."""
        asked = decode(_PREPARE, call.body, "code to prepare")
        if asked.tr_rev_code is None or not _has_code(asked.tr_rev_code):
            raise BadBodyError(_MISSING_CODE)
        trial, libraries = trial_of(call), tuple(dict.fromkeys(asked.library_version_ids or ()))
        document = self._tries.document(asked.tr_rev_code)
        if wrong := trial.too_large(document.code) or _too_many((), libraries, trial):
            raise BadBodyError(wrong)
        step = await self._tries.step(call, trial, document, libraries)
        if isinstance(step, Answer):
            return step
        around = Surroundings(step.libraries, legacy=step.legacy)
        report = await call.parts.pool.check(trial.workspace, step.engine, step.source, step.name, around)
        return refused(400, problem_text(report.problems[0])) if report.problems else told({"success": True})


def _has_code(revision: Revision) -> bool:
    return isinstance(revision.code, str) and bool(revision.code)


def _of_usual_version(revision: Revision) -> Revision:
    """The revision, of the usual version of the contract between code and service."""
    return msgspec.structs.replace(revision, code_version=_USUAL_VERSION)


def _too_many(items: Sequence[Item], libraries: Sequence[str], trial: Trial) -> str:
    """Why a trial is too large; "" if it is not."""
    limits = trial.limits
    if len(items) > limits.batch_events:
        return f"{len(items)} events are too many; at most {limits.batch_events} (batch_events)"
    if (size := sum(len(bytes(item.message)) for item in items)) > limits.batch_bytes:
        return f"{size} bytes of events are too many; at most {limits.batch_bytes} (batch_bytes)"
    if len(libraries) > _MOST_LIBRARIES:
        return f"{len(libraries)} libraries are too many; at most {_MOST_LIBRARIES}"
    return ""


def _metadatas(items: Sequence[Item]) -> list[bytes]:
    """The metadata of each event: of those that share a messageId, the last one's. b"" where there is no object."""
    own = [object_of(item.metadata) for item in items]
    ids = [_message_id(item.message) for item in items]
    last = {each: place for place, each in enumerate(ids) if each is not None}
    return [own[place if each is None else last[each]] for place, each in enumerate(ids)]


def _message_id(message: Raw) -> str | int | None:
    """The messageId in a message's body; None where there is none that could be one."""
    found = read(_ANYTHING, read(_IDENTIFIED, message, _NO_ONE).message_id, None)
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None


def _is_empty(credentials: Raw) -> bool:
    return is_absent(credentials) or not bytes(credentials).strip(b"[] \t\r\n")


def _refusal(ledger: Ledger) -> Answer | None:
    """The answer for all events at once, where the code cannot be run at all, or we could not run it."""
    for failure in ledger.failures.values():
        if failure.code is Code.CODE_BROKEN:
            return refused(400, error_text(failure))
        if failure.code in _OURS:
            return refused(503, failure.message)
    return None


def _results(ledger: Ledger) -> Iterator[tuple[int, bytes | Failure]]:
    """What became of the events, in their order: the index of the event, and an output or a failure."""
    payloads, inputs = ledger.outputs()
    results: list[tuple[int, bytes | Failure]] = list(ledger.failures.items())
    results += [(of[0], payload if is_readable(payload) else _UNREADABLE) for payload, of in zip(payloads, inputs, strict=True)]
    return iter(sorted(results, key=_index))


def _index(result: tuple[int, bytes | Failure]) -> int:
    return result[0]


def _error(failure: Failure) -> bytes:
    return _ENCODE({"error": error_text(failure)})


def _with_metadata(ledger: Ledger, metadatas: Sequence[bytes]) -> Iterator[bytes]:
    for index, each in _results(ledger):
        metadata = metadatas[index] or b"{}"
        if isinstance(each, Failure):
            yield b'{"error":%b,"metadata":%b}' % (_ENCODE(error_text(each)), metadata)
        else:
            yield b'{"transformedEvent":%b,"metadata":%b}' % (each, metadata)


def _answer(events: Iterator[bytes], ledger: Ledger) -> Answer:
    logs = [f"Log: {line}" for index in sorted(ledger.logs) for line in ledger.logs[index]]
    return Answer(200, b'{"transformedEvents":[%b],"logs":%b}' % (b",".join(events), _ENCODE(logs)))
