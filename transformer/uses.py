"""What code asks its host for, as far as reading it tells, held against what its manifest declares.

A check finds uses without running the code (`engines/*/uses.py`), so it may miss some: the host refuses those when they
are made. What it does find and is not declared is a problem, told with the block that the manifest lacks.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from transformer.capabilities import Capabilities, CapabilitiesError
from transformer.errors import Problem

__all__ = ["KINDS", "MADE", "Use", "hold_against", "host_of", "joined"]

_Part = TypeVar("_Part")

KINDS: Final = ("hosts", "tables", "secrets", "kv", "geolocation")
"""What can be used, by the names of `Capabilities`."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ANYWHERE: Final = frozenset({"*", "*:*"})
_STANDARD_PORTS: Final = {"443", "80"}
_PORTS: Final = {"http": "80", "https": "443"}
_URL: Final = re.compile(
    r"\s*(https?)://(?:[^/?#@\s]*@)?(\[[0-9a-f:.]+\]|[^/?#:@\s\[\]]+)(?::([0-9]{1,5}))?(?=[/?#])", re.IGNORECASE
)
_CALLS: Final = {
    "hosts": ("the URL of this request", "its host", "hosts"),
    "tables": ("the table of this lookup()", "it", "tables"),
    "secrets": ("the key of this getCredential()", "it", "secrets"),
}
MADE: Final = frozenset(_CALLS)
"""The kinds of which code may make the name while it runs; of the others something is always known."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place where code asks for something. `what` is the host (`name:port`), the table, the secret, or the key of kv."""

    kind: str
    what: str | None
    """None: it is made while the code runs, which only those in MADE can be."""

    line: int
    column: int
    goes_on: bool = False
    """Whether a key of kv only begins so."""


def joined(parts: Iterable[_Part], said: Callable[[_Part], tuple[str, bool]]) -> tuple[str, bool]:
    """How the text of parts that stand one after the other begins, and whether that is all of it; `said` tells that of one."""
    text = ""
    for part in parts:
        more, whole = said(part)
        text += more
        if not whole:
            return text, False
    return text, True


def host_of(url: str, *, whole: bool) -> str | None:
    """The host of a URL that begins so, as in `api.example.com:443`; None where the text does not tell all of the host."""
    found = _URL.match(url + ("/" if whole else ""))
    if found is None:
        return None
    scheme, host, port = found.groups()
    return f"{_ascii(host)}:{int(port or _PORTS[scheme.lower()])}"


def _ascii(host: str) -> str:
    try:
        return host.lower() if host.isascii() else host.lower().encode("idna").decode("ascii")
    except UnicodeError:
        return host.lower()


def hold_against(uses: Sequence[Use], capabilities: Capabilities) -> tuple[list[Problem], list[Problem]]:
    """What is used and not declared, and what cannot be told by reading: problems and warnings, in the order of the lines."""
    lacking = [use for use in uses if use.what is not None and not _declared(use, capabilities)]
    whole = _block(capabilities, lacking)
    problems = [
        Problem(f"{_said(use)} is not declared; write into the manifest beside the code: {whole}", use.line, use.column)
        for use in _once(lacking)
    ]
    warnings = [
        Problem(_warning(use.kind, capabilities), use.line, use.column)
        for use in uses
        if use.what is None and not (use.kind == "hosts" and not _ANYWHERE.isdisjoint(capabilities.hosts))
    ]
    return problems, warnings


def _once(uses: Iterable[Use]) -> list[Use]:
    """The first use of each thing, in the order of the lines."""
    return sorted({(use.kind, use.what): use for use in sorted(uses, key=_place, reverse=True)}.values(), key=_place)


def _place(use: Use) -> tuple[int, int]:
    return use.line, use.column


def _declared(use: Use, capabilities: Capabilities) -> bool:
    what = use.what or ""
    if use.kind == "hosts":
        host, _, port = what.rpartition(":")
        return capabilities.allows_host(host.strip("[]"), int(port))
    if use.kind == "kv":
        prefix = capabilities.kv
        return prefix is not None and (what.startswith(prefix) or (use.goes_on and prefix.startswith(what)))
    if use.kind == "geolocation":
        return capabilities.geolocation
    return what in (capabilities.tables if use.kind == "tables" else capabilities.secrets)


def _said(use: Use) -> str:
    what = _host(use.what or "") if use.kind == "hosts" else use.what
    return {
        "hosts": f"the host {what}",
        "tables": f"the table {what}",
        "secrets": f"the secret {what}",
        "kv": f"a key of kv that begins with {what!r}"
        if use.goes_on and what
        else "kv"
        if not what
        else f"the key {what!r} of kv",
        "geolocation": "geolocation",
    }[use.kind]


def _host(what: str) -> str:
    host, _, port = what.rpartition(":")
    return host if port in _STANDARD_PORTS else what


def _block(capabilities: Capabilities, lacking: Sequence[Use]) -> str:
    """All that the manifest has to say, as one line of YAML."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for use in sorted(lacking, key=_place):
        found[use.kind].append(_host(use.what or "") if use.kind == "hosts" else use.what or "")
    kv = None
    if found["kv"]:
        prefixes = {key[: cut + 1] if (cut := max(key.find("/"), key.find(":"))) >= 0 else "" for key in found["kv"]}
        kv = prefixes.pop() if len(prefixes) == 1 else ""
    try:
        more = Capabilities.from_manifest(
            {"hosts": found["hosts"], "tables": found["tables"], "secrets": found["secrets"], "kv": kv}
            | ({"geolocation": True} if found["geolocation"] else {})
        )
    except CapabilitiesError:  # a table or key that no manifest can name: it is told as such
        more = Capabilities()
    whole = (capabilities | more).as_dict()
    parts = []
    for name, value in whole.items():
        if isinstance(value, list):
            parts.append(f"{name}: [{', '.join(map(_yaml, value))}]")
        else:
            parts.append(f"{name}: {'true' if value is True else _yaml(value)}")
    return f"capabilities: {{{', '.join(parts)}}}"


def _yaml(text: str) -> str:
    return (
        text
        if _PLAIN.fullmatch(text) and text.lower() not in {"true", "false", "null", "yes", "no", "on", "off"}
        else f'"{text}"'
    )


def _warning(kind: str, capabilities: Capabilities) -> str:
    subject, which, key = _CALLS[kind]
    names: tuple[str, ...] = getattr(capabilities, kind)
    told = ", ".join(names) if names else "none"
    return f"{subject} is made while the code runs: {which} must be among the declared {key} ({told}), or the call is refused"
