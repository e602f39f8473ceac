"""`Drop`, `Retry` and `Invalid` as Python code raises them: what they carry becomes text at once, without addresses in it."""

from __future__ import annotations

from transformer.engines import base
from transformer.engines.python.text import spelled

__all__ = ["Drop", "Invalid", "Retry"]


class Drop(base.Drop):
    """Raise it to drop the event."""

    def __init__(self, reason: object = "") -> None:
        super().__init__(_said(reason))


class Retry(base.Retry):
    """Raise it to have the event sent again."""

    def __init__(self, after_seconds: object = None, reason: object = "") -> None:
        super().__init__(after_seconds, _said(reason))


class Invalid(base.Invalid):
    """Raise it to fail the event as invalid."""

    def __init__(self, message: object = "") -> None:
        super().__init__(_said(message))


def _said(what: object) -> str:
    return "" if what is None else spelled(what)
