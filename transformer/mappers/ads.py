"""What advertising platforms ask for: people told by hashes of what is known of them, and events by the platform's own names.

The platforms agree on SHA-256 in hexadecimal, of a text without white space around it and, but for identifiers, in small
letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from transformer.mappers.errors import SecretError
from transformer.mappers.paths import at, object_in
from transformer.mappers.values import absent, sha256, text

__all__ = [
    "access_token",
    "at_setting",
    "hashed",
    "is_hash",
    "lowered",
    "mapped_names",
    "of_each",
    "properties_of",
    "trimmed",
]

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")


def is_hash(value: Any) -> bool:
    """Whether the value looks like SHA-256 in hexadecimal."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def trimmed(value: Any) -> str:
    """The value's text without white space around it."""
    return text(value).strip()


def lowered(value: Any) -> str:
    """The value's text without white space around it, in small letters."""
    return text(value).strip().lower()


def hashed(value: Any, clean: Callable[[Any], Any] = lowered) -> Any:
    """SHA-256 of the cleaned value, or of each element of a list; None where cleaning leaves nothing."""
    return of_each(value, lambda one: None if absent(cleaned := clean(one)) else sha256(cleaned))


def of_each(value: Any, function: Callable[[Any], Any]) -> Any:
    """What the function makes of the value, or of each element of a list that is there."""
    if isinstance(value, list):
        return [made for one in value if not absent(one) and (made := function(one)) is not None] or None
    return None if absent(value) else function(value)


def mapped_names(rules: Any, name: Any) -> list[str]:
    """The platform's names that a setting has for an event: rules {from, to}, compared without regard to case."""
    wanted = lowered(name)
    if not isinstance(rules, list):
        return []
    return [
        rule["to"]
        for rule in rules
        if isinstance(rule, Mapping) and isinstance(rule.get("to"), str) and rule["to"] and lowered(rule.get("from")) == wanted
    ]


def access_token(metadata: Mapping[str, Any], message: str, *, step: str = "") -> Any:
    """The token of the account at the platform, as data planes send it with an event. Raises SecretError with the message."""
    token = at(metadata, "secret.access_token") or at(metadata, "secret.accessToken")
    if not token:
        raise SecretError(message, step=step)
    return token


def properties_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event's properties; an empty object where it has none, or something that is no object. Not to be written to."""
    return object_in(event, "properties")


def at_setting(event: Mapping[str, Any], path: Any) -> Any:
    """What the event has under the path that a setting names, or None: also where the setting is no path."""
    return at(event, path) if isinstance(path, str) and path else None
