"""Settings that depend on the event: `"{{ path || default }}"` stands for what the event has under the path, or the default.

The path begins at the event, which may be called `event` or `message`. What a setting took from the event is not sent on with
it. A template that is only part of a text is no template, and neither is one without a default.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

from transformer.mappers.paths import at, remove

__all__ = ["has_templates", "resolved"]

_TEMPLATE: Final = re.compile(r"\s*\{\{\s*([^|{}]+?)\s*\|\|\s*(.*?)\s*\}\}\s*", re.DOTALL)


def has_templates(value: Any) -> bool:
    """Whether a template is anywhere in the settings."""
    if isinstance(value, str):
        return "{{" in value and _TEMPLATE.fullmatch(value) is not None
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
    matched = _TEMPLATE.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        return value
    path = re.sub(r"^(?:event|message)\.", "", matched[1])
    given = at(event, path)
    if given is not None and given != "":
        taken.append(path)
        return given
    return _default(matched[2])


def _default(written: str) -> str:
    for quote in ('"', "'"):
        if len(written) > 1 and written[0] == written[-1] == quote:
            return written[1:-1]
    return written
