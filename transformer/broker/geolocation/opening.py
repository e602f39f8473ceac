"""Opens what the setting `geolocation` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from yarl import URL

from transformer.capabilities import Capabilities
from transformer.observe import Logger
from transformer.settings import Settings, SettingsError

__all__ = ["Geolocation", "open_geolocation"]

_FORMS: Final = "file:PATH of a .mmdb file, http://HOST, https://HOST, or none"


class Geolocation(Protocol):
    """Something that knows where addresses are."""

    async def answer(self, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The value of a call with {"ip": …}.

        Raises:
            CallError: invalid, status, or unavailable.
        """
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


def open_geolocation(settings: Settings, log: Logger | None = None) -> Geolocation | None:
    """What the setting names, None for none. It logs that a file cannot be read any more.

    Raises:
        SettingsError: it is none of its forms, or the file is not there or no database.
    """
    where = settings.geolocation
    if where in {"", "none"}:
        return None
    kind, _, path = where.partition(":")
    if kind == "file" and path:
        from transformer.broker.geolocation.file import GeolocationFile  # who has another kind, or none, starts without it

        return GeolocationFile(path, log)
    try:
        url = URL(where)
        right = url.scheme in {"http", "https"} and bool(url.raw_host) and not url.raw_query_string
    except ValueError:
        right = False
    if not right:
        raise SettingsError(f"geolocation is not one of its forms; {_FORMS}")
    from transformer.broker.geolocation.service import GeolocationService  # the same

    return GeolocationService(url, settings.geolocation_seconds)
