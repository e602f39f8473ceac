"""What an endpoint gets to know of a request, and what it may ask of the service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from transformer.access import Rule
from transformer.errors import CallerError, Code
from transformer.gateway.requests.bodies import Facts
from transformer.outcome import Ledger
from transformer.registry.names import ID_RULE, check_id
from transformer.service.beside import Parts
from transformer.service.interceptors import Incoming
from transformer.service.planning import Work
from transformer.wire.pb import transform_pb2 as pb

__all__ = ["DEFAULT_WORKSPACE", "Call", "Headers", "workspace_of"]

DEFAULT_WORKSPACE: Final = "default"
"""Whose events they are that name no workspace."""

_FEATURES: Final = ("filter-code", "gzip-support")
_GZIP: Final = re.compile(r"\s*(?:x-)?gzip\s*(?:;(?!\s*q=0(?:\.0*)?\s*$).*)?")
"""That it is taken, as a part of Accept-Encoding says; not with q=0."""
_ON: Final = frozenset({"?1", "true"})


class Headers:
    """The headers of a request, as the service asks for them: gRPC's metadata, names in small letters."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]], *, authorization: str = "") -> None:
        self._pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]
        self._authorization = authorization
        self._done: list[Callable[[Any], None]] = []

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        """All headers, in their order."""
        return self._pairs

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, whose name is given in small letters."""
        return next((value for key, value in self._pairs if key == name), default)

    @property
    def take_gzip(self) -> bool:
        """Whether who asks takes an answer as gzip."""
        return any(_GZIP.fullmatch(coding) for coding in self.get("accept-encoding").lower().split(","))

    def invocation_metadata(self) -> list[tuple[str, str | bytes]]:
        """All of them; `authorization` as the guard reads it."""
        pairs: list[tuple[str, str | bytes]] = [pair for pair in self._pairs if pair[0] != "authorization"]
        return [*pairs, ("authorization", self._authorization)] if self._authorization else pairs

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """See `gate.Call`."""
        self._done.append(callback)

    def done(self) -> None:
        """The answer was sent, or the call is over otherwise."""
        done, self._done = self._done, []
        for callback in done:
            callback(self)


@dataclass(slots=True)
class Call:
    """One request.

    body       its body, unpacked
    path       the parameters in its path
    query      the parameters behind it, the last of a name
    incoming   deadline, log line and caller, as every method of the service gets them
    rule       what is asked of the caller
    metadatas  the metadata of each event, as it came; set by an endpoint as soon as it has read them: should the service not
               be able to answer, each of these events is told so
    """

    body: bytes
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Headers
    incoming: Incoming
    rule: Rule
    parts: Parts
    metadatas: Sequence[bytes] = field(default_factory=list)
    method: str = "POST"
    target: str = ""
    """Path and query, as they came."""

    @property
    def features(self) -> frozenset[str]:
        """What the caller says that it can do: `filter-code`, `gzip-support`."""
        return frozenset(name for name in _FEATURES if self.headers.get(f"x-feature-{name}").strip().lower() in _ON)

    def enter(self, workspace: str) -> str:
        """The workspace, checked: the caller may act in it. To be asked before anything of it is looked up.

        Raises:
            CallerError: PERMISSION_DENIED.
        """
        guard, caller = self.parts.guard, self.incoming.caller
        if guard is not None and caller is not None:
            guard.check_workspace(self.rule, caller, f"workspaces/{workspace}")
        self.incoming.line["workspace"] = workspace
        return workspace

    async def run(self, work: Work) -> Ledger:
        """Run planned work, as `Batches.run` does, in a workspace that the caller may act in."""
        self.enter(work.workspace)
        line = self.incoming.line
        line["versions"] = list(dict.fromkeys([*line.get("versions", ()), *work.versions]))
        line["events"] = line.get("events", 0) + len(work.payloads)
        ledger, _ = await self.parts.batches.run(work, partial(_request_of, work), self.incoming)
        return ledger


def workspace_of(facts: Facts) -> str:
    """The workspace of an event, in small letters: ids of the registry have no others.

    Raises:
        CallerError: BAD_REQUEST: no workspace can be called so.
    """
    name = facts.text("workspaceId").lower() or DEFAULT_WORKSPACE
    try:
        check_id(name, "workspaceId")
    except CallerError:
        raise CallerError(Code.BAD_REQUEST, f"metadata.workspaceId: {ID_RULE}") from None
    return name


def _request_of(work: Work) -> pb.TransformRequest:
    """As gRPC would have asked, for those who look at finished batches."""
    events = [pb.Event(payload=payload, message_id=name) for payload, name in zip(work.payloads, work.ids, strict=True)]
    return pb.TransformRequest(workspace=work.workspace, transformations=work.versions, events=events)
