"""The Python engine as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["NATIVES", "PYTHON"]

PYTHON: Final = EngineSpec(
    name="python",
    summary="CPython under a restricted policy, in a confined process.",
    suffixes=(".py",),
    module="transformer.engines.python.engine",
    probe="def transformEvent(event, metadata):\n    return event\n",
)

NATIVES: Final = EngineSpec(
    name="natives",
    summary="Native modules that libraries we ship may import, beside Python in the same worker.",
    suffixes=(),
    module="transformer.engines.python.natives.engine",
    probe="",
)
"""No engine of its own: a plan that names it gets workers in which these modules were imported (`natives/`)."""
