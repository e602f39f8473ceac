"""Drops events for which a condition holds, or all others."""

from __future__ import annotations

from typing import Any

from library.expression.v1 import condition

_holds = condition(parameters.get("when", "false"))
_wanted = parameters["action"] == "keep"
_reason = parameters["reason"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event or let it pass."""
    if _holds(event) != _wanted:
        raise Drop(_reason)
    return event
