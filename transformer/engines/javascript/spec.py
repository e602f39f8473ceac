"""The JavaScript engine as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["JAVASCRIPT"]

JAVASCRIPT: Final = EngineSpec(
    name="javascript",
    summary="V8, one context per version, in a confined process; TypeScript's types are taken away.",
    suffixes=(".js", ".mjs", ".ts"),
    module="transformer.engines.javascript.engine",
    probe="export function transformEvent(event, metadata) {\n  return event;\n}\n",
)
