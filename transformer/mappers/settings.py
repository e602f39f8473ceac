"""Settings as the definition of a destination says they are: a wrong kind of value is told once, and no mapper need look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import EMPTY, absent, text

__all__ = ["typed"]

_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    "string": (str, "a text"),
    "array": (list, "a list"),
    "object": (dict, "an object"),
}


def typed(settings: Any, types: Mapping[str, str], defaults: Mapping[str, Any] = EMPTY) -> dict[str, Any]:
    """The settings, with numbers as text where texts are expected, and defaults for what is not there.

    `types` are JSON Schema's, by setting, and so are `defaults`. Neither is written to, nor may be what they hold.

    Raises:
        ConfigurationError: a setting is of another kind than its type says.
    """
    if not isinstance(settings, Mapping):
        return {}  # whoever sends no settings at all is told so, where a destination cannot do without
    found = dict(settings)
    found.update({key: default for key, default in defaults.items() if absent(found.get(key))})
    for key, name in types.items():
        value = found.get(key)
        if absent(value) or name not in _KINDS:
            continue
        kind, told = _KINDS[name]
        if kind is str and isinstance(value, (int, float)):
            found[key] = text(value)
        elif not isinstance(value, kind):
            raise ConfigurationError(f"the setting {key} must be {told}")
    return found
