"""What a destination's settings and an event's `integrations` say about its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.warehouse.providers import Provider

__all__ = ["FORMS", "NOTHING", "Options", "Settings"]

_SWITCHES: Final = (
    "skipTracksTable",
    "skipUsersTable",
    "storeFullEvent",
    "allowUsersContextTraits",
    "underscoreDivideNumbers",
)
FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{name: {"type": ["boolean", "null"]} for name in _SWITCHES},
    "jsonPaths": {"type": ["string", "array", "null"], "items": {"type": "string"}},
}
"""The settings that rows depend on, each as a JSON Schema. A warehouse has others, which are the data plane's: where it is."""


@dataclass(frozen=True)
class Options:
    """What an event may ask for under `integrations.<PROVIDER>.options`. The same options are the same object's equal."""

    skip_tracks_table: bool | None = None
    skip_users_table: bool | None = None
    skip_reserved: bool = False
    blendo: bool = False
    json_paths: tuple[str, ...] = ()


NOTHING: Final = Options()


@dataclass(frozen=True)
class Settings:
    """The settings of a destination that its rows depend on."""

    skip_tracks_table: bool
    skip_users_table: bool
    full_event: bool
    context_traits: bool
    divide_numbers: bool
    json_paths: tuple[str, ...]
    provider_key: str
    shared_options: bool
    takes_json_paths: bool

    @classmethod
    def of(cls, provider: Provider, settings: Mapping[str, Any]) -> Settings:
        """Read the settings of a destination. Raises `ConfigurationError`, which names the setting that is wrong."""
        return cls(
            skip_tracks_table=_switch(settings, "skipTracksTable"),
            skip_users_table=_switch(settings, "skipUsersTable"),
            full_event=_switch(settings, "storeFullEvent"),
            context_traits=_switch(settings, "allowUsersContextTraits"),
            divide_numbers=_switch(settings, "underscoreDivideNumbers"),
            json_paths=_paths_of_setting(settings) if provider.json_paths else (),
            provider_key=provider.name.upper(),
            shared_options=provider.shared_options,
            takes_json_paths=provider.json_paths is not None,
        )

    def options(self, integrations: object) -> Options:
        """The options in an event's `integrations`. What is there in another shape than options have is not there."""
        if not isinstance(integrations, dict) or (
            self.provider_key not in integrations and "DATA_WAREHOUSE" not in integrations
        ):
            return NOTHING
        own = _options_of(integrations.get(self.provider_key))
        shared = _options_of(integrations.get("DATA_WAREHOUSE")) if self.shared_options else None
        if own is None and shared is None:
            return NOTHING
        own = own or {}
        paths: tuple[str, ...] = ()
        if self.takes_json_paths:
            paths = (*_paths(own.get("jsonPaths")), *_paths((shared or {}).get("jsonPaths")))
        return Options(
            skip_tracks_table=_choice(own.get("skipTracksTable")),
            skip_users_table=_choice(own.get("skipUsersTable")),
            skip_reserved=own.get("skipReservedKeywordsEscaping") is True,
            blendo=own.get("useBlendoCasing") is True,
            json_paths=paths,
        )


def _switch(settings: Mapping[str, Any], name: str) -> bool:
    value = settings.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    message = f"setting {name} is neither true nor false"
    raise ConfigurationError(message)


def _paths_of_setting(settings: Mapping[str, Any]) -> tuple[str, ...]:
    value = settings.get("jsonPaths")
    if value is None or isinstance(value, str):
        return _paths((value or "").split(","))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _paths(value)
    message = "setting jsonPaths is no list of paths, nor a text of paths with commas between them"
    raise ConfigurationError(message)


def _paths(value: object) -> tuple[str, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | dict):
        return ()
    return tuple(path for one in value if isinstance(one, str) and (path := one.strip()))


def _options_of(integration: object) -> dict[str, Any] | None:
    if not isinstance(integration, dict):
        return None
    options = integration.get("options")
    return options if isinstance(options, dict) else None


def _choice(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
