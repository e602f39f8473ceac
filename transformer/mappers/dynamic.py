"""Settings that depend on the event: `"{{ path || default }}"` stands for what the event has under the path, or the default.

The path begins at the event, which may be called `event` or `message`. What a setting took from the event is not sent on with
it. A template that is only part of a text is no template, and neither is one without a default.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from transformer.mappers.paths import at, remove

__all__ = ["has_templates", "resolved"]

_ROOTS: Final = ("event.", "message.")


def _template(text: str) -> tuple[str, str] | None:
    """The path and the default that a template names; None for a text that is none. In linear time, whatever the text."""
    text = text.strip()
    if not (text.startswith("{{") and text.endswith("}}")):
        return None
    path, bars, default = text[2:-2].partition("||")
    path = path.strip()
    if not path or not bars or any(sign in path for sign in "|{}"):
        return None
    return path, default.strip()


def has_templates(value: Any) -> bool:
    """Whether a template is anywhere in the settings."""
    if isinstance(value, str):
        return _template(value) is not None
    if isinstance(value, Mapping):
        return any(map(has_templates, value.values()))
    return isinstance(value, list) and any(map(has_templates, value))


def resolved(settings: Mapping[str, Any], event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings for this event, and a copy of the event without what they took from it."""
    event = copy.deepcopy(event)
    taken: list[str] = []
    found = {key: _resolve(value, event, taken) for key, value in settings.items()}
    for path in taken:
        remove(event, path)
    return found, event


def _resolve(value: Any, event: dict[str, Any], taken: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(one, event, taken) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolve(one, event, taken) for one in value]
    template = _template(value) if isinstance(value, str) else None
    if template is None:
        return value
    path, default = template
    path = next((path.removeprefix(root) for root in _ROOTS if path.startswith(root)), path)
    given = at(event, path)
    if given is not None and given != "":
        taken.append(path)
        return given
    return _default(default)


def _default(written: str) -> str:
    for quote in ('"', "'"):
        if len(written) > 1 and written[0] == written[-1] == quote:
            return written[1:-1]
    return written
