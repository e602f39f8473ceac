"""Events of type record: rows of a table that were inserted, updated or deleted, as reverse ETL tells them.

Existing data planes are told of deletions first, then of what was inserted, then of what was changed; an action that is none of
these is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from transformer.mappers.errors import InstrumentationError, MappingError
from transformer.mappers.paths import at
from transformer.mappers.values import EMPTY

__all__ = ["action_of", "action_rank", "audience_of", "bare", "fields_of", "settings_of", "spelled_action_of"]

_ACTIONS: Final = ("delete", "insert", "update")


def action_rank(event: Any) -> int:
    """The place of an event among those of a router: what is no record first, then by its action."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str) or event["type"].lower() != "record":
        return -1
    action = event.get("action")
    action = action.lower() if isinstance(action, str) else ""
    return _ACTIONS.index(action) if action in _ACTIONS else len(_ACTIONS)


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose errors a router's reply tells without the destination, as it does for rows."""

    @wraps(function)
    def told(*given: Any) -> Any:
        try:
            return function(*given)
        except MappingError as wrong:
            wrong.bare = True
            raise

    return told


def action_of(event: Mapping[str, Any]) -> str:
    """What was done with the row. Raises InstrumentationError for anything else."""
    action = event.get("action")
    action = action.lower() if isinstance(action, str) else ""
    if action not in _ACTIONS:
        raise InstrumentationError("Invalid action type in record event", bare=True)
    return action


def spelled_action_of(event: Mapping[str, Any]) -> str:
    """As `action_of` where only its exact spelling counts, in the words of a schema's validator."""
    action = event.get("action")
    told = "message.action: Invalid enum value. Expected 'insert' | 'update' | 'delete', received "
    if not isinstance(action, str):
        raise InstrumentationError(told + "something else")
    if action not in _ACTIONS:
        raise InstrumentationError.quoting(told + "'{}'", action)
    return action


def fields_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the row tells of a person: its identifiers, and before those existed its fields. Not to be written to."""
    for key in ("identifiers", "fields"):
        found = event.get(key)
        if isinstance(found, dict) and found:
            return found
    return EMPTY


def settings_of(settings: Mapping[str, Any], connection: Mapping[str, Any]) -> Mapping[str, Any]:
    """The destination's settings, and over them those of the connection that the row came through."""
    own = at(connection, "config.destination")
    return {**settings, **own} if isinstance(own, dict) else settings


def audience_of(event: Mapping[str, Any], destination: str, settings: Mapping[str, Any]) -> Any:
    """The audience that an event is for: one mapped to a destination may name its own, as `DESTINATION-audience`."""
    if at(event, "context.mappedToDestination"):
        kind = at(event, "context.externalId.0.type")
        if isinstance(kind, str) and kind.upper().startswith(f"{destination}-") and len(kind) > len(destination) + 1:
            return kind[len(destination) + 1 :]
    return settings.get("audienceId")
