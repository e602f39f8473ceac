"""Tracking plans as the host sees them."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["TRACKING_PLAN"]

TRACKING_PLAN: Final = EngineSpec(
    name="tracking_plan",
    summary="Events held against the JSON Schemas of a tracking plan.",
    suffixes=(),
    module="transformer.engines.tracking_plan.engine",
    probe='{"rules": {"events": [{"name": "probe", "rules": {"type": "object", "required": ["event"]}}]}}',
)
"""A source is a tracking plan, as a config backend tells it. What comes out is a verdict, and the event if that changed it."""
