"""Who gets the canary: a share of the ordering keys, the same ones every time, on every replica.

The share of a key depends on the key and the transformation only, so a key that is in stays in while the percentage grows,
and being in the canary of one transformation says nothing about the next.
"""

from __future__ import annotations

from hashlib import sha256

__all__ = ["share", "takes_canary"]


def share(workspace: str, transformation: str, key: str) -> float:
    """Where `key` stands in [0, 100), evenly spread."""
    digest = sha256(f"{workspace}/{transformation}:{key}".encode("utf-8", "surrogatepass")).digest()
    # 53 of the 64 bits: as many as a float holds, so that nothing rounds up to 100.
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53 * 100


def takes_canary(workspace: str, transformation: str, key: str, percent: float) -> bool:
    """Whether `key` is among the `percent` of keys that the canary serves."""
    return share(workspace, transformation, key) < percent
