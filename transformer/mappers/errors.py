"""How a mapper says that an event cannot become what its destination expects, and whose fault that is.

    MappingError
    ├── InstrumentationError   400   the event lacks something or has it in a wrong shape: whoever sends events
    ├── ConfigurationError     400   a setting of the destination is missing or wrong: whoever set it up
    ├── TransformationError    400   a value cannot be converted as the mapping says
    ├── UnsupportedError       400   the destination takes no such event
    ├── FilteredError          298   the settings want no such event sent
    ├── SecretError            500   the data plane sent no token for the destination's account
    └── PlatformError          500   ours

The categories and statuses are those that data planes know and count by. A message names the field. Where the contract of data
planes wants a value of the event in it, `told` is the message without: for logs, metrics, and whoever does not hold the event.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

__all__ = [
    "HIDDEN",
    "ConfigurationError",
    "FilteredError",
    "InstrumentationError",
    "MappingError",
    "PlatformError",
    "SecretError",
    "TransformationError",
    "UnsupportedError",
    "shown_type",
]

HIDDEN: Final = "…"
"""Stands where a value of the event would."""
_TYPES: Final = frozenset(
    {"identify", "track", "page", "screen", "group", "alias", "record", "audiencelist", "merge", "extract"}
)


def shown_type(kind: object) -> str:
    """An event's type where it is one of those that there are: it may be anything else that somebody sends."""
    return kind if isinstance(kind, str) and kind.lower() in _TYPES else HIDDEN


class MappingError(Exception):
    """An event cannot be mapped. `category` is whose fault that is; `status` what the data plane is told.

    `step` names the part of the mapper that says so, where a destination's replies tell it ("step/child"); `meta` is one
    more tag by which data planes count the error. A router's reply does not repeat the destination with a `bare`
    one. `told` is the message without what it quotes of the event.
    """

    category: ClassVar[str] = "transformation"
    default_status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        status: int | None = None,
        *,
        step: str = "",
        meta: str = "",
        bare: bool = False,
        told: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.told = message if told is None else told
        self.step = step
        self.meta = meta
        self.bare = bare
        self.status = self.default_status if status is None else status

    @classmethod
    def quoting(cls, pattern: str, *values: object, **more: Any) -> Self:
        """An error whose message quotes the event: `values` in the places of `{}`, as the contract has it."""
        return cls(pattern.format(*values), told=pattern.format(*(HIDDEN for _ in values)), **more)


class InstrumentationError(MappingError):
    """The event lacks something that the destination needs, or has it in a wrong shape."""

    category = "instrumentation"


class ConfigurationError(MappingError):
    """A setting of the destination is missing or wrong."""

    category = "configuration"


class TransformationError(MappingError):
    """A value cannot be converted to what the mapping asks for."""


class UnsupportedError(InstrumentationError):
    """The destination takes no event of this type."""


class FilteredError(MappingError):
    """The settings say that such events are not sent: nobody's fault, but worth a word."""

    category = "filtered"
    default_status = 298


class PlatformError(MappingError):
    """The mapper itself cannot go on: nothing the sender of events or the owner of the destination did."""

    category = "platform"
    default_status = 500


class SecretError(MappingError):
    """The data plane did not send the token with which the destination's account is opened: it should, and then try again."""

    category = "oauth_secret"
    default_status = 500
