"""Which events a watch looks at: a share of them, at random or always those of the same users."""

from __future__ import annotations

import random
from hashlib import blake2b
from typing import Final

__all__ = ["STEPS", "takes_sample"]

STEPS: Final = 10_000
"""Rates come in steps of 1/STEPS. Finer ones would let a watcher, rate by rate, find out the hash of a key that is hidden."""


def takes_sample(workspace: str, transformation: str, key: str, rate: float, *, sticky: bool) -> bool:
    """Whether an event of this ordering key is in a sample of `rate`, above 0 and at most 1.

    A sticky sample depends on the key and the transformation only: the same on every replica, and what is in stays in while the
    rate grows. It is another choice than the canary's, so that a small sample is not the canary. Without a key it is random.
    """
    steps = round(rate * STEPS)
    if steps >= STEPS:
        return True
    if not (sticky and key):
        return random.random() * STEPS < steps  # noqa: S311 - nobody gains by guessing it
    digest = blake2b(
        f"{workspace}/{transformation}:{key}".encode("utf-8", "surrogatepass"), digest_size=8, person=b"tap"
    ).digest()
    return int.from_bytes(digest, "big") % STEPS < steps
