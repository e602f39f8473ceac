"""The Python engine as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["PYTHON"]

PYTHON: Final = EngineSpec(
    name="python",
    summary="CPython under a restricted policy, in a confined process.",
    suffixes=(".py",),
    module="transformer.engines.python.engine",
    probe="def transformEvent(event, metadata):\n    return event\n",
)
