"""Where the service keeps its own files, unless told otherwise: beside the registry's file, under its name."""

from __future__ import annotations

from pathlib import Path

__all__ = ["beside"]


def beside(database_url: str, suffix: str) -> Path:
    """The registry's file with `suffix` after its name; in the working directory where the registry is no file."""
    from sqlalchemy import URL, make_url  # a third of a command's start, which most commands do not need
    from sqlalchemy.exc import ArgumentError

    try:
        where = make_url(database_url)
    except ArgumentError:
        where = URL.create("none")
    name = where.database if where.get_backend_name() == "sqlite" and where.database else "transformer"
    return Path(f"{name}{suffix}").absolute()
