"""`warnings` for user code: there is nobody to warn, so all of it may be called and nothing happens."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["WARNINGS"]


def filterwarnings(*_args: Any, **_options: Any) -> None:
    """Nothing."""


def simplefilter(*_args: Any, **_options: Any) -> None:
    """Nothing."""


def resetwarnings() -> None:
    """Nothing."""


def warn(*_args: Any, **_options: Any) -> None:
    """Nothing."""


class catch_warnings:  # noqa: N801 - the name that existing code knows
    """A context in which nothing happens."""

    def __init__(self, **_options: Any) -> None:
        pass

    def __enter__(self) -> list[Any]:
        return []

    def __exit__(self, *_: object) -> None:
        pass


WARNINGS: Final[dict[str, Any]] = {
    "filterwarnings": filterwarnings,
    "simplefilter": simplefilter,
    "resetwarnings": resetwarnings,
    "warn": warn,
    "catch_warnings": catch_warnings,
}
