"""Where code is tried that nobody has published: apart from all that serves events.

A trial runs in the same pool, under the same limits and behind the same walls as production, but as a workspace of its own,
beside the one that it is for: it waits in a queue of its own, nothing of production is warm there, and its worker ends with it.
No dead letter, no metric of a version and no tap hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from msgspec import Raw

from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError, Code, PlatformError
from transformer.gateway.code.sources import Document
from transformer.gateway.code.steps import CodeRefusedError, language_of
from transformer.gateway.requests.bodies import ABSENT, BadBodyError, facts
from transformer.gateway.requests.calls import DEFAULT_WORKSPACE, Call, workspace_of
from transformer.limits import Limits

__all__ = ["Trial", "engine_of", "trial_of"]

_WAIT_SECONDS: Final = 40.0
"""A trial waits no longer for its host calls: who asks for one goes away after a minute."""

_BESIDE: Final = "/tests"
"""No workspace has a name with a slash: this one is never anybody's."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`whose` is the workspace that code is tried for, `workspace` where that happens."""

    whose: str
    limits: Limits

    @property
    def workspace(self) -> str:
        """The workspace of the pool."""
        return self.whose + _BESIDE

    def too_large(self, code: str) -> str:
        """Why code is too large to be looked at; "" if it is not."""
        size = len(code.encode("utf-8", "surrogatepass"))
        most = self.limits.code_bytes
        return f"{size} bytes of code are too many; at most {most} (code_bytes)" if size > most else ""


def trial_of(call: Call, metadata: Raw = ABSENT) -> Trial:
    """The trial that a call asks for: in the caller's own workspace, or in the one that the first event's metadata names.

    People write the metadata of tests by hand: where it names what cannot be a workspace, it names none.
    """
    whose = call.incoming.scope
    if not whose:
        try:
            whose = workspace_of(facts(metadata))
        except CallerError:
            whose = DEFAULT_WORKSPACE
    call.incoming.line["workspace"] = whose
    settings = call.parts.settings
    return Trial(whose, replace(settings.limits, turn_wait_seconds=min(settings.gateway_wait_seconds, _WAIT_SECONDS)))


def engine_of(language: Any, usual: str) -> str:
    """The engine for a language as control planes call it; for `usual`, where a request says none.

    Raises:
        BadBodyError: there is no such language.
        PlatformError: its engine is not installed.
    """
    if language is not None and not isinstance(language, str):
        raise BadBodyError("language: write a text, javascript or python")
    try:
        engine = language_of(Document("", "", language=language or usual))
    except CodeRefusedError as refused:
        raise BadBodyError(refused.told) from None
    if missing := ENGINES[engine].missing:
        raise PlatformError(Code.INTERNAL, missing)
    return engine
