"""From settings to a sink: which one, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from transformer.deadletters.directory import Directory
from transformer.deadletters.sink import Bounds, Sink
from transformer.places import beside
from transformer.settings import Settings, SettingsError

__all__ = ["open_sink"]

_FORMS: Final = "write none, directory, directory:PATH or postgresql://…"
_SUFFIX: Final = ".dead-letters"


def open_sink(settings: Settings) -> Sink | None:
    """The sink that the settings name, None for `none`. Touches no disk and no network yet.

    Raises:
        SettingsError: `dead_letters` is none of its forms, or PostgreSQL's driver is not installed. Never quotes it.
    """
    bounds = Bounds(settings.dead_letters_bytes, settings.dead_letters_file_bytes, settings.dead_letters_age_seconds)
    kind, colon, rest = settings.dead_letters.partition(":")
    if kind == "none" and not colon:
        return None
    if kind == "directory" and (rest or not colon):
        return Directory(Path(rest).absolute() if rest else beside(settings.database_url, _SUFFIX), bounds)
    if kind in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _postgres(settings.dead_letters, bounds)
    raise SettingsError(f"dead_letters is not one of its forms; {_FORMS}")


def _postgres(url: str, bounds: Bounds) -> Sink:
    try:
        from sqlalchemy import make_url  # as above
        from sqlalchemy.exc import ArgumentError

        from transformer.deadletters.postgres import Postgres  # loads the driver, which only those have who use it

        return Postgres(make_url(url).set(drivername="postgresql+psycopg"), bounds)
    except ArgumentError:
        raise SettingsError(f"dead_letters is not a URL; {_FORMS}") from None
    except ModuleNotFoundError:
        raise SettingsError("dead_letters: PostgreSQL needs the driver psycopg; install transformer[postgres]") from None
