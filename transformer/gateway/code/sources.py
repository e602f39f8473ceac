"""Where the code of requests comes from, and what that hands out.

A data plane that exists names code by the version id of its own control plane, its config backend (`code/backend.py`). One
that was moved to our registry names transformations and pipelines of its workspace (`code/registered.py`).
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

from transformer.pool import Step

__all__ = ["BackendError", "CodeSource", "Document", "Kind", "Registered", "basic", "import_name"]

Kind: TypeAlias = Literal["missing", "auth", "forbidden", "redirect", "unavailable", "unusable"]

_RETRYABLE: Final[frozenset[Kind]] = frozenset({"auth", "forbidden", "redirect", "unavailable"})
_REASONS: Final[Mapping[Kind, str]] = {
    "missing": "config_backend_not_found",
    "auth": "config_backend_auth_failed",
    "forbidden": "config_backend_forbidden",
    "redirect": "config_backend_redirect",
    "unavailable": "config_backend_unavailable",
    "unusable": "config_backend_unusable",
}
_LOWER: Final = r"[^\WA-Z0-9_]"
_WORD: Final = re.compile(rf"[A-Z]+(?=[A-Z]{_LOWER})|[A-Z]?{_LOWER}+|[A-Z]+|[0-9]+")
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "Æ": "Ae", "æ": "ae", "Œ": "Oe", "œ": "oe", "Þ": "Th", "þ": "th"}
    | dict(zip("ØøÐðĐđĦħıŁłŊŋŦŧ", "OoDdDdHhiLlNnTt", strict=True))
)
"""Letters that are none of the usual alphabet with a mark, as those who write without them do."""


class BackendError(Exception):
    """Code could not be had.

    kind        whose fault it is
    told        a sentence for the caller: no secret in it
    status      what an event that needs the code gets as its status code: the config backend's own for "missing"
    retryable   nobody's fault who sent the events: they have to be sent again, and no event may fail for it
    reason      short, for X-Rudder-Error-Reason
    """

    def __init__(self, kind: Kind, told: str, status: int = 400) -> None:
        super().__init__(told)
        self.kind = kind
        self.told = told
        self.status = 503 if kind in _RETRYABLE else status
        self.retryable = kind in _RETRYABLE
        self.reason = _REASONS[kind]


@dataclass(frozen=True, slots=True)
class Document:
    """Code as a config backend has it, under an id that never means anything else.

    What the document does not say is "". `workspace` is the one that it says it belongs to, as it spells it; whoever serves
    several workspaces has to compare it. `import_name` is what other code imports a library by.
    """

    version_id: str
    code: str = field(repr=False)
    language: str = ""
    code_version: str = ""
    name: str = ""
    id: str = ""
    workspace: str = ""
    import_name: str = ""
    handle: str = ""

    @property
    def size(self) -> int:
        """What it takes in memory, about."""
        return 1024 + 4 * len(self.code)


class Registered(Protocol):
    """A transformation or a pipeline of our own registry. It runs as it was published: capabilities, libraries and all."""

    def steps(self, key: str) -> tuple[Step, ...]:
        """What the events with this ordering key run through; equal from call to call while nothing was activated."""
        ...


class CodeSource(Protocol):
    """Finds code for the endpoints. Belongs to one event loop.

    Every method raises BackendError, and PlatformError (REGISTRY_UNAVAILABLE) where the code is in our registry. Failures are
    never remembered: the next one who asks, asks anew.
    """

    async def transformation(self, workspace: str, version_id: str) -> Document | Registered:
        """What a version id of `destination.Transformations` means."""
        ...

    async def library(self, workspace: str, version_id: str) -> Document:
        """A library of the workspace."""
        ...

    async def rudder_library(self, name: str, version: str) -> Document:
        """A library that RudderStack offers everybody: name and version of @rs/name/v1."""
        ...

    async def tracking_plan(self, workspace: str, plan: str, version: str) -> bytes:
        """A version of a tracking plan, JSON of an object; the newest, not older than a minute, for "".

        `workspace` as the event's metadata spells it. The same object for as long as it is remembered.
        """
        ...

    def numbers(self) -> Mapping[str, float]:
        """What it says of itself when somebody scrapes, by the names of the metrics table."""
        ...

    async def start(self) -> None:
        """Get ready. Does not ask for anything: a backend that is away is no reason not to start."""
        ...

    async def close(self) -> None:
        """Give up what is under way. Idempotent."""
        ...


def basic(user: str, password: str) -> dict[str, str]:
    """The header by which a config backend knows who asks; none for nobody."""
    known_as = b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {known_as}"} if user or password else {}


def import_name(name: str) -> str:
    """What a library of this name is imported by, where nothing else says: its words in camel case."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS)).replace("'", "").replace("\u2019", "")
    words: list[str] = _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))
    return "".join(word.lower() if not index else word.capitalize() for index, word in enumerate(words))
