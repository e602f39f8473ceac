"""From settings to a key-value store: which one, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from transformer.broker.kv.embedded import Embedded
from transformer.broker.kv.store import Bounds, Store
from transformer.places import beside
from transformer.settings import Settings, SettingsError

__all__ = ["open_kv"]

_FORMS: Final = "write embedded, embedded:PATH, redis://HOST:PORT/0, rediss://…, unix:///PATH or none"
_SUFFIX: Final = ".kv"
_SERVERS: Final = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}


def open_kv(settings: Settings) -> Store | None:
    """The store that the settings name, None for `none`. Touches no disk and no network yet.

    Raises:
        SettingsError: `kv` is none of its forms, or the client of the server is not installed. Never quotes it.
    """
    kind, colon, rest = settings.kv.partition(":")
    if kind == "none" and not colon:
        return None
    if kind == "embedded" and (rest or not colon):
        bounds = Bounds(workspace_bytes=settings.kv_workspace_bytes, all_bytes=settings.kv_bytes)
        return Embedded(Path(rest).absolute() if rest else beside(settings.database_url, _SUFFIX), bounds)
    if kind in _SERVERS and rest.startswith("//"):
        return _server(f"{_SERVERS[kind]}:{rest}")
    raise SettingsError(f"kv is not one of its forms; {_FORMS}")


def _server(url: str) -> Store:
    number = url.rpartition("://")[2].partition("?")[0].partition("/")[2]
    if not url.startswith("unix:") and number and not number.isdecimal():
        raise SettingsError(f"kv ends with what is no number of a database; {_FORMS}")
    try:
        from transformer.broker.kv.server import Server  # loads the client, which only those have who use it

        return Server(url)
    except ModuleNotFoundError:
        raise SettingsError("kv: a Valkey or Redis server needs the client redis; install transformer[redis]") from None
    except ValueError:
        raise SettingsError(f"kv is not a URL; {_FORMS}") from None
