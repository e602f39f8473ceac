"""Settings as the definition of a destination says they are: a wrong kind of value is told once, and no mapper need look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import absent, text

__all__ = ["typed"]

_KINDS: Final[Mapping[str, tuple[type, str]]] = {
    "string": (str, "a text"),
    "array": (list, "a list"),
    "object": (dict, "an object"),
}


def typed(settings: Any, types: Mapping[str, str]) -> dict[str, Any]:
    """The settings, with numbers as text where texts are expected. `types` are JSON Schema's, by setting.

    Raises:
        ConfigurationError: a setting is of another kind than its type says.
    """
    found = dict(settings) if isinstance(settings, Mapping) else {}
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
