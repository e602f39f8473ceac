"""Answer host calls from what was recorded, so that code can be run and tested without a network, a database or a secret.

The calls take the same way as in production, through a worker and a broker; only the handlers differ. Capabilities hold here
too. Each run has fixtures of its own: what it asked for in vain and what was never asked for is told afterwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from transformer.broker import Broker
from transformer.capabilities import Capabilities
from transformer.cases import Difference
from transformer.cases.recorded import Entry, Recorded, request_key
from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError, Code
from transformer.pool import Plan
from transformer.pool.sealed import Sealed
from transformer.pool.tables import TableMemory
from transformer.tables import RowsError, compile_rows
from transformer.wire.calls import CallError

__all__ = ["Fixtures"]

_PORTS: Final = {"http": 80, "https": 443}
_MESSAGES: Final = {
    "timeout": "it took longer than a call may",
    "connection": "the other side cannot be reached",
    "unavailable": "the platform cannot answer now; send the event again",
}
_SHOWN: Final = 300


class Fixtures:
    """The broker and the tables of one run. `missed` are lines that should be recorded, in the order of the calls."""

    def __init__(self, recorded: Recorded | None = None, *, any_secret: str | None = None) -> None:
        """`any_secret` is the value of every secret that is not recorded; None: it has to be."""
        self._recorded = recorded or Recorded()
        self._any_secret = any_secret
        self._kv = dict(self._recorded.kv or {})
        self._waiting: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        for entry in self._recorded.entries:
            self._waiting[request_key(entry.kind, entry.request)].append(entry)
        self._asked: set[int] = set()
        self.missed: list[str] = []
        self.lacking: list[str] = []
        """Tables that the code declares and nobody recorded: whether it looked into them is not known here."""
        self.broker = Broker()
        for kind, handler in {
            "fetch": self._fetch,
            "geolocation": self._geolocation,
            "secret": self._secret,
            "kv": self._keys,
        }.items():
            self.broker.register(kind, handler)

    @property
    def unused(self) -> list[Entry]:
        """Recorded answers that nobody asked for."""
        return [entry for entry in self._recorded.entries if id(entry) not in self._asked]

    def differences(self, others: Iterable[Difference]) -> list[Difference]:
        """All that does not hold of a case whose host calls these answered: `others`, and calls without a recorded answer."""
        found = list(others)
        if found:
            told = 'none of {}; record them, as "tables": {{"{}": [{{"id": "…"}}]}}'
            found += [Difference("tables", "rows of every declared table", told.format(name, name)) for name in self.lacking]
        lines = [
            Difference("calls", "a recorded answer for every call", f"none; record one, as {line}") for line in self.missed
        ]
        return found + lines

    def apart(self, plan: Plan) -> Plan:
        """The plan with programs of its own.

        Code may keep an answer that it asked for while it was loaded: it must neither meet a real event nor another case.
        """
        told = json.dumps([asdict(self._recorded), self._any_secret], sort_keys=True, default=str)
        mark = sha256(told.encode()).hexdigest()
        steps = (
            replace(step, hash=f"{step.hash} {mark}") if step.capabilities and not ENGINES[step.engine].binary else step
            for step in plan.steps
        )
        return Plan(plan.workspace, tuple(steps), plan.limits)

    def lacks_for(self, failure: str) -> bool:
        """Whether a failure of this message may mean no more than that answers were lacking."""
        return bool(self.missed) or any(f"there is no table {name!r}" in failure for name in self.lacking)

    async def find(self, workspace: str, names: Iterable[str], deadline: float | None) -> Mapping[str, TableMemory]:  # noqa: ARG002 - as every source of tables
        """The recorded ones of these tables. Raises CallerError: the rows make no table."""
        found = {}
        for name in sorted(names):
            if name not in self._recorded.tables and name not in self.lacking:
                self.lacking.append(name)
            if (table := self._recorded.tables.get(name)) is not None:
                try:
                    content = compile_rows(table.rows, table.key)
                except RowsError as wrong:
                    raise CallerError(Code.BAD_REQUEST, f"the recorded table {name}: {wrong}") from None
                found[name] = TableMemory(sha256(content).hexdigest(), Sealed.of([content]))
        return found

    async def _fetch(self, _workspace: str, capabilities: Capabilities, arguments: Mapping[str, Any]) -> Any:
        there = urlsplit(str(arguments.get("url")))
        host, port = there.hostname or "", there.port or _PORTS.get(there.scheme, 0)
        if not capabilities.allows_host(host, port):
            told = f"the host {host} is not declared; add it to the manifest: capabilities: {{hosts: [{host}]}}"
            raise CallError("refused", told, {"why": "undeclared"})
        request = {"method": str(arguments.get("method", "GET")).upper(), "url": str(arguments["url"])}
        body = arguments.get("body")
        sent = body if isinstance(body, bytes) else str(body or "").encode()
        entry = self._next("fetch", request, lambda each: _same_body(each, sent))
        if entry is None:
            raise self._missed("fetch", _line(request, sent))
        return _response(entry, request["url"])

    async def _geolocation(self, _workspace: str, _capabilities: Capabilities, arguments: Mapping[str, Any]) -> Any:
        request = {"ip": str(arguments.get("ip"))}
        entry = self._next("geolocation", request, lambda _: True)
        if entry is None:
            raise self._missed("geolocation", {"geolocation": request["ip"], "answer": {"ip": request["ip"], "country": ""}})
        return dict(_answer(entry))

    async def _secret(self, _workspace: str, capabilities: Capabilities, arguments: Mapping[str, Any]) -> Any:
        key = str(arguments.get("key"))
        if key not in capabilities.secrets:
            told = (
                f"getCredential({key[:64]!r}) is not declared; add it to the manifest: capabilities: {{secrets: [{key[:64]}]}}"
            )
            raise CallError("refused", told)
        if self._recorded.secrets is None:
            if self._any_secret is not None:
                return self._any_secret
            raise self._missed("getCredential", {"secrets": {key: ""}})
        return self._recorded.secrets.get(key)

    async def _keys(self, _workspace: str, capabilities: Capabilities, arguments: Mapping[str, Any]) -> Any:
        names = [*arguments.get("keys", ()), *arguments.get("items", {}), *([arguments["key"]] if "key" in arguments else ())]
        for name in names:
            if not capabilities.allows_key(name):
                raise CallError(
                    "refused", f"the key of kv does not begin with {capabilities.kv!r}, as the manifest declares it"
                )
        op, kept = arguments["op"], self._kv
        if op == "get":
            return {"values": [kept.get(name) for name in names]}
        if op == "set":
            kept.update(arguments["items"])
            return None
        if op == "delete":
            return sum(kept.pop(name, None) is not None for name in names)
        return self._one_key(op, arguments["key"], arguments)

    def _one_key(self, op: str, key: str, arguments: Mapping[str, Any]) -> Any:
        if op == "set_if_absent":
            kept = key in self._kv
            self._kv.setdefault(key, arguments["value"])
            return not kept
        before = self._kv.get(key, 0)
        if isinstance(before, bool) or not isinstance(before, (int, float)):
            raise CallError("invalid", "kv.increment: the value of the key is no number")
        self._kv[key] = before + arguments["by"]
        return self._kv[key]

    def _next(self, kind: str, request: Mapping[str, Any], fits: Callable[[Entry], bool]) -> Entry | None:
        """The answer to give now: the first that was not given yet, or the last one again."""
        entries = [entry for entry in self._waiting.get(request_key(kind, request), ()) if fits(entry)]
        entry = next((each for each in entries if id(each) not in self._asked), entries[-1] if entries else None)
        if entry is not None:
            self._asked.add(id(entry))
        return entry

    def _missed(self, call: str, line: Mapping[str, Any]) -> CallError:
        text = json.dumps(line, ensure_ascii=False)
        if text not in self.missed:
            self.missed.append(text)
        return CallError(
            "connection", f"{call}: no answer is recorded; record one, such as {text[:_SHOWN]}", {"why": "recorded"}
        )


def _same_body(entry: Entry, sent: bytes) -> bool:
    if "body" not in entry.request:
        return True
    wanted = entry.request["body"]
    if isinstance(wanted, str) and wanted.encode() == sent:
        return True
    try:
        return bool(json.loads(sent) == wanted)
    except ValueError:
        return False


def _line(request: Mapping[str, str], sent: bytes) -> dict[str, Any]:
    """The entry that would answer a request."""
    wanted: Any = dict(request)
    if sent:
        try:
            wanted["body"] = json.loads(sent)
        except ValueError:
            wanted["body"] = sent.decode("utf-8", "replace")
    return {"fetch": wanted if sent or request["method"] != "GET" else request["url"], "answer": {"status": 200, "body": {}}}


def _answer(entry: Entry) -> Mapping[str, Any]:
    """The answer. Raises the error, if it is one."""
    if entry.error is None:
        return entry.answer
    kind = entry.error["error"]
    raise CallError(kind, entry.error.get("message") or _MESSAGES.get(kind, kind), entry.error.get("details"))


def _response(entry: Entry, url: str) -> dict[str, Any]:
    answer = _answer(entry)
    headers, body = [[name, value] for name, value in answer.get("headers", {}).items()], answer.get("body", "")
    if not isinstance(body, str):
        body = json.dumps(body, ensure_ascii=False)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(["Content-Type", "application/json"])
    return {
        "status": answer.get("status", 200),
        "reason": answer.get("reason", ""),
        "url": answer.get("url", url),
        "headers": headers,
        "body": body.encode(),
        "elapsed": 0.0,
        "cached": False,
        "history": [],
    }
