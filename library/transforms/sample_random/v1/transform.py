"""Keeps a share of events, drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from library.names.v1 import matcher, name_of
from library.paths.v1 import writer

_MASK = 0xFFFFFFFF


def generator(seed: int | None = None) -> Callable[[], float]:
    """A function that draws numbers from 0 up to, not including, 1: always the same ones for a seed, in every language."""
    if seed is None:
        return random.random
    state = [seed & _MASK]

    def draw() -> float:  # Tommy Ettinger's mulberry32
        state[0] = (state[0] + 0x6D2B79F5) & _MASK
        mixed = state[0]
        mixed = ((mixed ^ mixed >> 15) * (mixed | 1)) & _MASK
        mixed ^= (mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & _MASK)) & _MASK
        return ((mixed ^ mixed >> 14) & _MASK) / 4294967296

    return draw


_draw = generator(parameters["seed"])
_rate = parameters.get("rate", 1)
_always = matcher(parameters["always"], case_sensitive=True)
_write = writer(parameters["write_rate"]) if parameters["write_rate"] else None


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event unless it is drawn."""
    rate = 1 if _always(name_of(event)) else _rate
    if rate < 1 and _draw() >= rate:
        raise Drop("not in the sample")
    if _write:
        _write(event, rate)
    return event
