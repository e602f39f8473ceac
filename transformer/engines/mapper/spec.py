"""The mapper as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["MAPPER"]

MAPPER: Final = EngineSpec(
    name="mapper",
    summary="Compiled mappings of the destinations that we ship, and rows for warehouses.",
    suffixes=(),
    module="transformer.engines.mapper.engine",
    probe='{"name": "probe", "code": ""}',
)
"""Runs what `transformer.destinations` compiled, which is content that we ship, and nothing that a user wrote."""
