"""Hiding secrets by value in what user code says: the one place, between the pool and whoever looks at what it made.

Every secret that this server handed to code of a workspace is looked for in all that comes back from that workspace's workers
as text for people: messages of failures, reasons of drops, logs. Responses, dead letters, the tap and refusals of publishing
are made of these. Outputs are the code's own business, which may have to carry a secret to where it belongs; only the tap hides
it there, too.

It is a net under mistakes, and no wall: code that means to give a secret away can spell it backwards.
"""

from __future__ import annotations

import base64
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

import orjson

from transformer.outcome import Ledger

__all__ = ["HIDDEN", "Redactor"]

HIDDEN: Final = "[secret]"
_LEAST: Final = 4
"""Shorter values are in every other word: they are not looked for."""

_LEAST_LINE: Final = 16
_LEAST_PART: Final = 6
_VALUES: Final = 1000
"""Of one workspace, those handed out last."""

_WORKSPACES: Final = 10_000


class Redactor:
    """Knows what was handed out, and finds it again."""

    def __init__(self) -> None:
        self._workspaces: OrderedDict[str, _Values] = OrderedDict()

    def note(self, workspace: str, value: str) -> None:
        """The value is about to be handed to code of the workspace."""
        values = self._workspaces.get(workspace)
        if values is None:
            values = self._workspaces[workspace] = _Values()
            while len(self._workspaces) > _WORKSPACES:
                self._workspaces.popitem(last=False)
        values.add(value)

    def text(self, workspace: str, text: str) -> str:
        """The text without the values."""
        values = self._workspaces.get(workspace)
        return text if values is None else values.hide(text)

    def payload(self, workspace: str, payload: bytes) -> bytes:
        """JSON without the values, which is JSON again."""
        values = self._workspaces.get(workspace)
        return payload if values is None else values.hide_bytes(payload)

    def holds(self, workspace: str, arguments: Mapping[str, Any]) -> bool:
        """Whether one of the values is in the arguments of a call."""
        values = self._workspaces.get(workspace)
        return values is not None and values.found_in(orjson.dumps(dict(arguments), default=_text))

    def ledger(self, workspace: str, ledger: Ledger) -> None:
        """Hide the values in all that is said about a batch's events."""
        values = self._workspaces.get(workspace)
        if values is None:
            return
        for index, failure in ledger.failures.items():
            if (told := values.hide(failure.message)) is not failure.message:
                ledger.failures[index] = replace(failure, message=told)
        for index, reason in ledger.reasons.items():
            ledger.reasons[index] = values.hide(reason)
        for index, lines in ledger.logs.items():
            ledger.logs[index] = [values.hide(line) for line in lines]


class _Values:
    """The values of one workspace, in the forms in which they come back."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, None] = OrderedDict()
        self._forms: list[str] = []
        self._pattern = re.compile(r"(?!)")
        self._raw = re.compile(rb"(?!)")

    def add(self, value: str) -> None:
        if value in self._values:
            self._values.move_to_end(value)
            return
        if len(value) < _LEAST:
            return
        self._values[value] = None
        while len(self._values) > _VALUES:
            self._values.popitem(last=False)
        # The longest first: of two that begin alike, what is left of the longer one must not stay.
        self._forms = sorted({form for one in self._values for form in _forms(one)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms)))
        self._raw = re.compile(b"|".join(re.escape(form.encode()) for form in self._forms))

    def hide(self, text: str) -> str:
        hidden = self._pattern.sub(HIDDEN, text)
        return self._without_part(hidden)

    def hide_bytes(self, payload: bytes) -> bytes:
        return self._raw.sub(HIDDEN.encode(), payload)

    def found_in(self, payload: bytes) -> bool:
        return self._raw.search(payload) is not None

    def _without_part(self, text: str) -> str:
        """A text that was cut may end in the middle of a value."""
        end = text.rstrip("….")
        for form in self._forms:
            at = end.rfind(form[:_LEAST_PART]) if len(form) > _LEAST_PART else -1
            if at >= 0 and form.startswith(end[at:]):
                return text[:at] + HIDDEN
        return text


def _text(value: bytes | bytearray | memoryview) -> str:
    return bytes(value).decode(errors="replace")


def _forms(value: str) -> set[str]:
    """How a value looks in texts: as it is, in small letters (hosts) and capitals, escaped as in JSON and URLs, in base64.

    Each line of several, too.
    """
    values = [value, *(line for line in value.splitlines() if len(line) >= _LEAST_LINE)]
    found = set()
    for one in values:
        plain = one.encode()
        found |= {
            one,
            one.lower(),
            one.upper(),
            json.dumps(one)[1:-1],
            json.dumps(one, ensure_ascii=False)[1:-1],
            repr(one)[1:-1],
            quote(one, safe=""),
            quote_plus(one),
        }
        found |= {base64.b64encode(plain).decode().rstrip("="), base64.urlsafe_b64encode(plain).decode().rstrip("=")}
    return {form for form in found if len(form) >= _LEAST}
