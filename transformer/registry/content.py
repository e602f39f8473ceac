"""The identity of published code: a hash over everything that decides what it does and what its author claims."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.base import Library
from transformer.registry.records import CaseFile

__all__ = ["content_hash"]


def content_hash(
    engine: str,
    source: str,
    cases: Iterable[CaseFile] = (),
    *,
    capabilities: Capabilities = NOTHING,
    libraries: Iterable[Library] = (),
) -> str:
    """SHA-256 in hexadecimal. Each part is preceded by its length, so that no two contents run together into the same bytes.

    Without capabilities and libraries the number of parts is even, with them it is odd: what declares nothing and imports
    nothing has the hash it always had.
    """
    digest = sha256()
    parts = [engine.encode(), source.encode()]
    for case in cases:
        parts += [case.name.encode(), case.body]
    more: dict[str, object] = {"capabilities": capabilities.as_dict()} if capabilities else {}
    if imported := {library.name: library.hash for library in libraries if library.direct}:
        more["libraries"] = imported
    if more:
        parts.append(json.dumps(more, sort_keys=True, separators=(",", ":")).encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
