"""The identity of published code: a hash over everything that decides what it does and what its author claims."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from transformer.capabilities import NOTHING, Capabilities
from transformer.registry.records import CaseFile

__all__ = ["content_hash"]


def content_hash(engine: str, source: str, cases: Iterable[CaseFile] = (), *, capabilities: Capabilities = NOTHING) -> str:
    """SHA-256 in hexadecimal. Each part is preceded by its length, so that no two contents run together into the same bytes.

    Without capabilities the number of parts is even, with them it is odd: what declares nothing has the hash it always had.
    """
    digest = sha256()
    parts = [engine.encode(), source.encode()]
    for case in cases:
        parts += [case.name.encode(), case.body]
    if capabilities:
        parts.append(json.dumps({"capabilities": capabilities.as_dict()}, sort_keys=True, separators=(",", ":")).encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
