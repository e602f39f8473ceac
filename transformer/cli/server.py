"""What commands that talk to a server share: the connection, and how transformations and versions are named there.

scrub           its live version        scrub@3         its version 3        scrub@canary     what that alias points to
"""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from transformer.cli.exits import CommandError
from transformer.client import AsyncClient, Client, Tls
from transformer.client.paging import all_pages
from transformer.settings import Settings

__all__ = [
    "SERVER_SETTINGS",
    "Ref",
    "actor",
    "all_pages",
    "check_id",
    "connect",
    "connect_async",
    "parse_ref",
    "version_number",
]

SERVER_SETTINGS: Final = ("server", "workspace", "server_tls", "server_ca", "client_certificate", "client_key", "insecure")
"""The settings of every command that talks to a server."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Ref:
    """A transformation, and of it one version, one alias, or what is live."""

    transformation: str
    version: int | None = None
    alias: str = ""

    @property
    def path(self) -> str:
        """The reference as the service takes it, below the workspace."""
        path = f"transformations/{self.transformation}"
        if self.version is not None:
            return f"{path}/versions/{self.version}"
        return f"{path}/aliases/{self.alias}" if self.alias else path


def parse_ref(text: str) -> Ref:
    """The reference in `text`. Raises CommandError if it is none."""
    name, at, which = text.partition("@")
    if not _ID.fullmatch(name) or (at and not _ID.fullmatch(which)):
        raise CommandError(f"{text!r} is no transformation; write NAME, NAME@3 for a version, or NAME@canary for an alias")
    if which.isdigit():
        return Ref(name, version=int(which))
    return Ref(name, alias=which)


def check_id(text: str) -> str:
    """The id of a transformation or an alias. Raises CommandError if `text` can be none."""
    if not _ID.fullmatch(text):
        raise CommandError(f"{text!r} is no name; write 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit")
    return text


def version_number(text: str, transformation: str) -> int:
    """The number in `3`, or in `scrub@3` of that transformation. Raises CommandError."""
    name, at, number = text.rpartition("@")
    if not (number.isascii() and number.isdigit()) or (at and name != transformation) or not 0 < int(number) < 2**63:
        raise CommandError(f"{text!r} is no version of {transformation}; write its number, such as 3")
    return int(number)


def connect(settings: Settings) -> Client:
    """A client of the server that the settings name, in the name of whoever is logged in. Connects with its first call."""
    return Client(settings.server, actor=actor(), **_credentials(settings))


def connect_async(settings: Settings) -> AsyncClient:
    """The same for an event loop."""
    return AsyncClient(settings.server, actor=actor(), **_credentials(settings))


def _credentials(settings: Settings) -> dict[str, Any]:
    """Raises CommandError: a file of the settings cannot be read."""
    tls = None
    if settings.server_tls or settings.server_ca or settings.client_certificate or settings.client_key:
        tls = Tls(*(_pem(settings, name) for name in ("server_ca", "client_certificate", "client_key")))
    return {"api_key": settings.api_key.get_secret_value(), "tls": tls, "insecure": settings.insecure}


def _pem(settings: Settings, name: str) -> bytes | None:
    path = getattr(settings, name)
    if not path:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as wrong:
        raise CommandError(f"{name}: {path}: {(wrong.strerror or 'cannot be read').lower()}") from None


def actor() -> str:
    """Who is logged in; "" where that is not known."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
    return name if name.isascii() and name.isprintable() else ""
