"""Read recorded answers of host calls; every key is known and typed, so a slip of the pen is an error.

In a case (beside its events) or in a file of their own:

    {"calls": [ENTRY, …], "kv": {KEY: VALUE, …}, "secrets": {NAME: TEXT, …}, "tables": {NAME: ROWS, …}}

    ENTRY   {"fetch": {"method": "POST", "url": "https://…", "body": TEXT or JSON},
             "answer": {"status": 200, "headers": {…}, "body": TEXT or JSON}}
            {"fetch": "https://…", "answer": …}                  a GET
            {"geolocation": "203.0.113.7", "answer": {…}}
            {"kv": …}, {"secrets": …}, {"tables": …}             the same as beside "calls"
    ROWS    [{"id": "a", …}, …], found by the first key of the first row, or {"key": "id", "rows": [{…}, …]}

Instead of an answer an entry may have {"error": KIND, "message": TEXT}, as in {"error": "timeout"}. Entries of the same request
answer one after the other, the last one for ever. Where "body" is left out of a request, any body fits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from transformer.errors import CallerError, Code, Violation

__all__ = ["RECORDED_KEYS", "Entry", "Recorded", "Rows", "recorded_from", "recorded_in", "request_key"]

RECORDED_KEYS: Final = ("calls", "kv", "secrets", "tables")
_ENTRY_KEYS: Final = ("fetch", "geolocation", "kv", "secrets", "tables")
_REQUEST_KEYS: Final = ("method", "url", "body")
_ANSWER_KEYS: Final = ("status", "reason", "headers", "body", "url")
_ERROR_KEYS: Final = ("error", "message", "details")
_ERRORS: Final = ("refused", "invalid", "timeout", "connection", "too_large", "status", "busy", "unavailable", "unsupported")
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded answer."""

    kind: str
    """"fetch" or "geolocation"."""

    path: str
    """Where it stands, as in calls[0]."""

    request: Mapping[str, Any]
    """method, url and perhaps body; or ip."""

    answer: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    """Kind, message and details, if it is no answer."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A reference table."""

    key: str
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What answers the host calls of a case. None: nothing was said about them."""

    entries: tuple[Entry, ...] = ()
    kv: Mapping[str, Any] | None = None
    secrets: Mapping[str, str] | None = None
    tables: Mapping[str, Rows] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was recorded."""
        return bool(self.entries or self.tables) or self.kv is not None or self.secrets is not None

    def over(self, other: Recorded) -> Recorded:
        """Both, where this one goes first."""

        def both(mine: Mapping[str, Any] | None, others: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            return mine if others is None else others if mine is None else {**others, **mine}

        asked = {request_key(entry.kind, entry.request) for entry in self.entries}
        rest = tuple(entry for entry in other.entries if request_key(entry.kind, entry.request) not in asked)
        tables = {**other.tables, **self.tables}
        return Recorded(self.entries + rest, both(self.kv, other.kv), both(self.secrets, other.secrets), tables)


def request_key(kind: str, request: Mapping[str, Any]) -> tuple[str, ...]:
    """What requests have in common that the same recorded answers may fit."""
    return (kind, request["method"], request["url"]) if kind == "fetch" else (kind, request["ip"])


def recorded_in(body: bytes, where: str) -> Recorded:
    """What a file of recorded answers says: an object, or a list of entries.

    Raises:
        CallerError: BAD_REQUEST, naming file and key, if it is not exactly that.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise CallerError(Code.BAD_REQUEST, f"{where}: is not JSON in UTF-8") from None
    if isinstance(found, list):
        found = {"calls": found}
    reader = _Reader(where)
    reader.known(found, RECORDED_KEYS, "")
    return reader.read(found, "")


def recorded_from(found: Mapping[str, Any], where: str, at: str) -> Recorded:
    """What a case records, at `at` in its file. Raises CallerError as `recorded_in` does."""
    return _Reader(where).read(found, at)


class _Reader:
    """One file; what is wrong in it is told with its name."""

    def __init__(self, where: str) -> None:
        self._where = where

    def read(self, found: Mapping[str, Any], at: str) -> Recorded:
        """All that is recorded in an object."""
        entries: list[Entry] = []
        maps: dict[str, Any] = {}
        for kind in ("kv", "secrets", "tables"):
            if kind in found:
                maps[kind] = self._map(kind, found[kind], _join(at, kind))
        calls = found.get("calls", [])
        if not isinstance(calls, list):
            self.refuse(_join(at, "calls"), "must be a list of recorded answers")
        for index, entry in enumerate(calls):
            path = f"{_join(at, 'calls')}[{index}]"
            self.known(entry, (*_ENTRY_KEYS, "answer"), path)
            kinds = [kind for kind in _ENTRY_KEYS if kind in entry]
            if len(kinds) != 1:
                self.refuse(path, f"must have exactly one of {', '.join(_ENTRY_KEYS)}")
            (kind,) = kinds
            if kind in {"fetch", "geolocation"}:
                entries.append(self._entry(kind, entry, path))
            elif "answer" in entry:
                self.refuse(path, f'"{kind}" has no "answer"')
            else:
                maps[kind] = {**maps.get(kind, {}), **self._map(kind, entry[kind], f"{path}.{kind}")}
        return Recorded(tuple(entries), maps.get("kv"), maps.get("secrets"), maps.get("tables", {}))

    def _entry(self, kind: str, entry: Mapping[str, Any], path: str) -> Entry:
        request = self._request(entry[kind], f"{path}.fetch") if kind == "fetch" else {"ip": entry[kind]}
        if kind == "geolocation" and not isinstance(request["ip"], str):
            self.refuse(f"{path}.geolocation", "must be an IP address, a text")
        answer = entry.get("answer", _NOTHING)
        if not isinstance(answer, dict):
            self.refuse(f"{path}.answer", "must be an object")
        if "error" in answer and not answer.keys() - set(_ERROR_KEYS):
            if answer["error"] not in _ERRORS:
                self.refuse(f"{path}.answer.error", f"must be one of {', '.join(_ERRORS)}")
            if not isinstance(answer.get("message", ""), str) or not isinstance(answer.get("details", {}), dict):
                self.refuse(f"{path}.answer", 'has a "message", a text, and "details", an object')
            return Entry(kind, path, request, error=answer)
        if kind == "fetch":
            self._check_answer(answer, f"{path}.answer")
        return Entry(kind, path, request, answer)

    def _request(self, given: Any, path: str) -> Mapping[str, Any]:
        if isinstance(given, str):
            return {"method": "GET", "url": given}
        self.known(given, _REQUEST_KEYS, path)
        method = given.get("method", "GET")
        if not isinstance(given.get("url"), str) or not isinstance(method, str):
            self.refuse(path, 'must have a "url" and may have a "method", texts')
        return {**given, "method": method.upper()}

    def _check_answer(self, answer: Mapping[str, Any], path: str) -> None:
        self.known(answer, _ANSWER_KEYS, path)
        status, headers = answer.get("status", 200), answer.get("headers", {})
        if type(status) is not int or not 100 <= status <= 599:
            self.refuse(f"{path}.status", "must be a status code, from 100 to 599")
        if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
            self.refuse(f"{path}.headers", "must be an object of texts")
        for key in ("reason", "url"):
            if not isinstance(answer.get(key, ""), str):
                self.refuse(f"{path}.{key}", "must be a text")

    def _map(self, kind: str, given: Any, path: str) -> Mapping[str, Any]:
        if not isinstance(given, dict):
            self.refuse(path, "must be an object")
        if kind == "secrets" and not all(isinstance(value, str) for value in given.values()):
            self.refuse(path, "must be an object of texts")
        return {name: self._rows(value, f"{path}.{name}") for name, value in given.items()} if kind == "tables" else given

    def _rows(self, given: Any, path: str) -> Rows:
        rows = given.get("rows") if isinstance(given, dict) else given
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row for row in rows):
            self.refuse(path, 'must be a list of objects, or {"key": …, "rows": [{…}, …]}')
        if isinstance(given, dict):
            self.known(given, ("key", "rows"), path)
        key = given.get("key") if isinstance(given, dict) else next(iter(rows[0]), None) if rows else "key"
        if not isinstance(key, str) or not all(key in row for row in rows):
            self.refuse(path, "has no key that every row has")
        return Rows(key, tuple(rows))

    def known(self, value: Any, keys: tuple[str, ...], path: str) -> None:
        """Refuse what is no object, or has a key that is not known."""
        if not isinstance(value, dict):
            self.refuse(path, "must be an object")
        for key in value:
            if key not in keys:
                self.refuse(_join(path, key), f"is not a known key; known: {', '.join(keys)}")

    def refuse(self, path: str, sentence: str) -> NoReturn:
        """Say what is wrong, and where."""
        field_name = f" {path}" if path else ""
        raise CallerError(Code.BAD_REQUEST, f"{self._where}:{field_name} {sentence}", violations=(Violation(path, sentence),))


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
