"""What an event says about one destination: its options in `integrations`, the user's ids in `context.externalId`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from transformer.mappers.paths import at
from transformer.mappers.values import EMPTY

__all__ = ["external_id", "external_ids", "options"]


def options(event: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The object that the event has for the destination under `integrations`, by any of its names; an empty one if none."""
    given = event.get("integrations")
    if isinstance(given, dict) and not (len(given) == 1 and "All" in given):  # as most say, and no more
        for name in names:
            found = given.get(name)
            if isinstance(found, dict):
                return found
    return EMPTY


def external_ids(event: Mapping[str, Any], kind: str) -> list[Any]:
    """Every id of this type in `context.externalId`."""
    given = at(event, "context.externalId")
    if not isinstance(given, list):
        return []
    return [one["id"] for one in given if isinstance(one, dict) and one.get("type") == kind and one.get("id")]


def external_id(event: Mapping[str, Any], kind: str) -> Any:
    """The first id of this type in `context.externalId`, or None."""
    context = event.get("context")
    given = context.get("externalId") if isinstance(context, dict) else None
    if isinstance(given, list):
        for one in given:
            if isinstance(one, dict) and one.get("type") == kind and one.get("id"):
                return one["id"]
    return None
