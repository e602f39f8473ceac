"""A loaded version: a context of its own, in which its top level has run once, and then its entry point."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from transformer.engines.base import EntryPoint, Explained, Host, LoadError
from transformer.engines.javascript.explain import explain, failure, unsettled
from transformer.engines.javascript.host import Answers, answer_text
from transformer.engines.javascript.libraries import PreparedLibrary, bindings
from transformer.engines.javascript.prelude import PRELUDE, SCRIPT
from transformer.engines.javascript.runtime import SWITCHBOARD, ask, collect, crossing, evaluate_apart
from transformer.engines.javascript.source_text import SourceText
from transformer.engines.javascript.syntax import NO_ENTRY_POINT, Prepared
from transformer.engines.javascript.values import read, unmarked
from transformer.errors import Problem
from transformer.limits import is_flat

__all__ = ["JavaScriptProgram"]

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_dumps: Final = orjson.dumps
_loads: Final = orjson.loads
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a surrogate pair, as JSON escapes it, or both."""


class JavaScriptProgram:
    """One version with its globals. They end with it."""

    __slots__ = ("_wide", "call", "entry_point", "raw")

    text_only = True
    finite = False
    many = None
    entry_point: EntryPoint
    call: Callable[[Any, Callable[[Any], Any]], Any]
    raw: Callable[[bytes, Callable[[Any], Any]], Any] | None

    def __init__(self, prepared: Prepared, outer: Host, libraries: Sequence[PreparedLibrary] = ()) -> None:
        """Run the top level of the code, after that of the libraries that it needs, each of which comes after those it needs.

        Raises:
            LoadError: the code threw, or defines no entry point.
        """
        code = prepared.code
        self._wide = SourceText(code) if not code.isascii() and max(code) > "\uffff" else None
        room = _Room(outer)
        for library in libraries:
            told = room.define(library)
            if told != "l":
                what = self.explain(failure(told[0], read(told[1:])))
                raise LoadError([Problem(f"{what.message} (while {library.name} was loaded)")])
        told = room.load(prepared, libraries)
        if told[:1] != "l":
            what = self.explain(failure(told[0], read(told[1:])))
            place = what.place
            message = f"{what.message} (while the code was loaded; catch it or correct it)"
            raise LoadError([Problem(message, place.line if place else 0, place.column if place else 0)])
        if told == "l":
            raise LoadError([Problem(NO_ENTRY_POINT)])
        self.entry_point = "transformEvent" if told == "ltransformEvent" else "transformBatch"
        self.call = room.call
        self.raw = room.raw if self.entry_point == "transformEvent" else None

    def explain(self, raised: BaseException) -> Explained:
        """What `raised`, which came out of `call`, means. No user code runs for it."""
        what = explain(raised)
        if self._wide is None or what.place is None:
            return what
        line = what.place.line  # V8 counts UTF-16 units in it, we count characters
        column = self._wide.column_of_units(line, max(0, what.place.column - 1))
        return replace(what, place=replace(what.place, column=column))


_MOST_LEFT: Final = 8
"""So many contexts may wait to be collected: each holds half a megabyte, a collection takes some milliseconds."""

_NO_NAMES: Final[dict[str, Any]] = {}


class _Room:
    """A context with the prelude in it, and the doors that the prelude's driver gave us: functions of text to text."""

    __slots__ = (
        "_answered",
        "_call",
        "_call_raw",
        "_define",
        "_finish",
        "_host",
        "_legacy",
        "_load",
        "_load_strict",
        "_load_within",
        "_mark",
        "_outer",
        "_settled",
        "_tick",
    )

    left = 0
    """How many have gone since the last collection."""

    def __init__(self, outer: Host) -> None:
        if _Room.left >= _MOST_LEFT:
            _Room.left = 0
            collect()
        self._outer = outer
        self._host = Answers(outer)
        self._legacy = outer.legacy
        self._mark = f"\x01{secrets.token_hex(8)} "  # user code cannot know it, so it cannot write it
        seed = json.dumps(array("i", os.urandom(16)).tolist())
        doors = evaluate_apart(PRELUDE)(ask, seed, SCRIPT, self._mark)
        self._load, self._load_strict = doors[0], doors[1]
        self._call, self._call_raw = doors[2].invoke, doors[3].invoke  # a call of `invoke` costs less than one of the door
        self._settled, self._finish, self._tick, self._answered = (doors[at] for at in range(4, 8))
        self._define, self._load_within = doors[8], doors[9]

    def __del__(self) -> None:
        _Room.left += 1

    def define(self, library: PreparedLibrary) -> str:
        """Run the top level of a library, for code that imports it. Returns what the driver tells."""
        SWITCHBOARD.ask = self._host.ask
        order = {
            "key": library.key,
            "script": f"lib:{library.name}",
            "source": library.prepared.code,
            "parameters": library.parameters,
            "bind": library.bind(library.prepared.imports),
        }
        told: str = self._define(json.dumps(order))
        return told

    def load(self, prepared: Prepared, libraries: Sequence[PreparedLibrary]) -> str:
        """Run the top level of the code. Returns what the driver tells: see prelude/90_driver.js."""
        SWITCHBOARD.ask = self._host.ask
        if prepared.imports:
            keys = {each.written: each.key for each in libraries if each.direct}
            order = {"source": prepared.code, "bind": bindings(prepared.imports, keys)}
            told: str = self._load_within(json.dumps(order))
        else:
            told = (self._load_strict if prepared.strict else self._load)(crossing(prepared.code))
        return told

    def call(self, value: Any, lookup: Callable[[Any], Any]) -> Any:
        """Call the entry point with the event or events; returns and raises what it did, as Python has it."""
        told = self._told(self._call, _dumps(value, None, _OPTIONS), value, lookup)
        return self._returned(told, value)

    def raw(self, event: bytes, lookup: Callable[[Any], Any]) -> Any:
        """Call the entry point with an event as it came; see `Program.raw`. V8 reads it, and nobody else."""
        at = event.find(b"\\")  # one byte is found eight times as fast as two
        if at >= 0 and event.find(b"\\u", at) >= 0 and _HALF.search(event, at):
            return NotImplemented  # V8 lets halves of surrogate pairs pass
        given: str | bytes = event
        if not event.isascii():
            try:
                text = event.decode()
            except UnicodeDecodeError:
                return NotImplemented  # V8 would put U+FFFD for what is no text
            if len(event) - len(text) > len(event) >> 3:  # V8 is slow at UTF-8 that is far from ASCII
                given = crossing(text)
        told = self._told(self._call_raw, given, event, lookup)
        if told == "=":
            return event
        if told == "x":
            return NotImplemented
        if told[0] == "{" and ((at := told.find("\\")) < 0 or told.find("\\ud", at) < 0):
            payload = told.encode()
            # What came of a toJSON of the user's may be nested deeper than what was looked at.
            if is_flat(payload):
                return payload
        return self._returned(told, event)

    def _told(
        self,
        door: Callable[[list[str | bytes], dict[str, Any]], str],
        text: str | bytes,
        value: Any,
        lookup: Callable[[Any], Any],
    ) -> str:
        """What the driver tells in the end. Raises what ended the call without its say."""
        host = self._host
        host.value, host.lookup, host.refused, host.lost = value, lookup, None, None
        SWITCHBOARD.ask = host.ask
        told = door([text], _NO_NAMES)
        if told[0] == "p":
            told = self._outcome(int(told[1:]), value, lookup)
        if host.lost is not None:
            raise host.lost
        return told

    def _returned(self, told: str, value: Any) -> Any:
        """What the driver told, as Python has it: returned or raised."""
        kind = told[0]
        if kind in "{j":
            text = told if kind == "{" else told[1:]
            try:
                return _loads(text)
            except orjson.JSONDecodeError:
                return read(text, mend=self._legacy)
        if kind == "u":
            return None
        if kind == "m":
            return unmarked(read(told[1:], mend=self._legacy), self._mark, mend=self._legacy)
        if kind in "bB":
            return self._with_identities(told, value)
        raised = failure(kind, read(told[1:]))
        raise raised if self._host.refused is None or kind != "e" else self._host.refused

    def _outcome(self, number: int, value: Any, lookup: Callable[[Any], Any]) -> str:
        """What became of a promise: waits for timers and host calls until it settles, or nothing is left that could settle it.

        Other events may be called meanwhile, of this program and of others.
        """
        host, wait = self._host, self._outer.next
        try:
            while True:
                told: str = self._settled(number)
                if told[0] not in "tn":
                    number = 0
                    return told
                refused, lost = host.refused, host.lost
                try:
                    reply = wait(time.monotonic() + int(told[1:]) / 1000 if told[0] == "t" else None)
                except LookupError:
                    raise unsettled() from None
                finally:
                    host.value, host.lookup, host.refused, host.lost = value, lookup, refused, lost
                    SWITCHBOARD.ask = host.ask
                if reply is not None:
                    self._answered(number, str(reply.id), crossing(answer_text(reply)))
                elif told[0] == "t":
                    self._tick(number)
        finally:
            if number:
                self._finish(number)

    def _with_identities(self, told: str, inputs: list[Any]) -> Any:
        """The outputs of a batch. One that was the same object as an input is that input, with what it holds now."""
        places, _, text = told[1:].partition("\n")
        outputs = read(text, mend=self._legacy)
        if told[0] == "B":
            outputs = unmarked(outputs, self._mark, mend=self._legacy)
        found = _loads(places)
        if not isinstance(outputs, list) or len(outputs) != len(found):
            return outputs  # a toJSON of the user's made something else of the list
        for at, place in enumerate(found):
            output = outputs[at]
            if place >= 0 and type(output) is dict:
                original = inputs[place]
                original.clear()
                original.update(output)
                outputs[at] = original
        return outputs
