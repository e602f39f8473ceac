"""What a version may ask its host for: declared beside the code, published with it, refused where it is not declared.

    capabilities:
      hosts: [api.example.com, "*.example.org", "internal.example.com:8443"]
      tables: [plans]
      secrets: [CRM_KEY]
      kv: "visits/"          # prefix of the keys; "" for every key
      geolocation: true
      legacy_fetch: true     # JavaScript: fetch() gives the parsed body, or the text "ERROR"

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

__all__ = ["NOTHING", "Capabilities", "CapabilitiesError"]

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"(\*|\[[0-9a-f:.]{{2,45}}\]|(?:\*\.)?{_LABEL}(?:\.{_LABEL})*)(?::([0-9]{{1,5}}|\*))?")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_PREFIX: Final = re.compile(r"[!-~]{0,128}")
_MOST: Final = 100
_MOST_HOST: Final = 260
_STANDARD_PORTS: Final = frozenset({80, 443})
_MOST_PORT: Final = 65535


class CapabilitiesError(ValueError):
    """What was declared cannot be: the message names the key and says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a version declares. Nothing by default."""

    hosts: tuple[str, ...] = ()
    """Where `fetch` may go: names, `*.example.com` for every name below one, `*` for any; `:port`, `:*`, or 80 and 443."""

    tables: tuple[str, ...] = ()
    """What `lookup` may read."""

    secrets: tuple[str, ...] = ()
    """What `getCredential` may read."""

    kv: str | None = None
    """Keys that `kv` may use begin with this; "" is every key of the workspace, None none."""

    geolocation: bool = False
    """Whether `geolocation` may be asked."""

    legacy_fetch: bool = False
    """Whether JavaScript's `fetch` behaves as older services had it: the parsed body, or the text "ERROR"."""

    @classmethod
    def from_manifest(cls, declared: object, where: str = "capabilities") -> Capabilities:
        """What a manifest's `capabilities:` says; None is nothing. `where` is what messages call it.

        Raises:
            CapabilitiesError: a key is unknown, or a value not allowed.
        """
        if declared is None:
            return NOTHING
        if not isinstance(declared, Mapping):
            raise CapabilitiesError(f"{where}: write a mapping, as in hosts: [api.example.com]")
        known = [field.name for field in fields(cls)]
        for key in declared:
            if key not in known:
                raise CapabilitiesError(f"{where}: {str(key)[:64]!r} is unknown; there are {', '.join(known)}")
        kv = declared.get("kv")
        if kv is not None and (not isinstance(kv, str) or not _PREFIX.fullmatch(kv)):
            raise CapabilitiesError(f'{where}.kv: write a prefix of up to 128 characters without blanks, or "" for every key')
        flags = {name: declared.get(name, False) for name in _FLAGS}
        for name, value in flags.items():
            if not isinstance(value, bool):
                raise CapabilitiesError(f"{where}.{name}: write true or false")
        hosts = tuple(host.lower() for host in _texts(declared, "hosts", where))
        for host in hosts:
            _check_host(host, where)
        return cls(
            hosts=tuple(dict.fromkeys(hosts)),
            tables=_names(declared, "tables", where),
            secrets=_names(declared, "secrets", where),
            kv=kv,
            **flags,
        )

    def as_dict(self) -> dict[str, Any]:
        """What `from_manifest` takes, without what is not declared."""
        told: dict[str, Any] = {name: list(value) for name in _LISTS if (value := getattr(self, name))}
        if self.kv is not None:
            told["kv"] = self.kv
        return told | {name: True for name in _FLAGS if getattr(self, name)}

    def __bool__(self) -> bool:
        """Whether anything is declared."""
        return bool(self.hosts or self.tables or self.secrets or self.kv is not None or self.geolocation or self.legacy_fetch)

    def __or__(self, other: Capabilities) -> Capabilities:
        """What one of them declares. Of two prefixes the one that covers both; where neither does, every key."""
        prefixes = sorted({prefix for prefix in (self.kv, other.kv) if prefix is not None}, key=len)
        covers = all(prefix.startswith(prefixes[0]) for prefix in prefixes)
        return Capabilities(
            hosts=tuple(dict.fromkeys(self.hosts + other.hosts)),
            tables=tuple(dict.fromkeys(self.tables + other.tables)),
            secrets=tuple(dict.fromkeys(self.secrets + other.secrets)),
            kv=None if not prefixes else prefixes[0] if covers else "",
            geolocation=self.geolocation or other.geolocation,
            legacy_fetch=self.legacy_fetch or other.legacy_fetch,
        )

    def grants(self, kind: str) -> bool:
        """Whether calls of this kind are declared at all; their arguments are their handler's to look at."""
        return {
            "fetch": bool(self.hosts),
            "kv": self.kv is not None,
            "secret": bool(self.secrets),
            "geolocation": self.geolocation,
        }.get(kind, False)

    @property
    def calls(self) -> bool:
        """Whether any of it takes a trip to the host. Tables do not."""
        return bool(self.hosts or self.secrets or self.kv is not None or self.geolocation)

    def allows_host(self, host: str, port: int) -> bool:
        """Whether `fetch` may go there; `host` without brackets, as a URL's parser gives it."""
        return bool(self.host_entry(host, port))

    def host_entry(self, host: str, port: int) -> str:
        """What of `hosts` lets `fetch` go there, as it is declared; empty: nothing."""
        host = host.lower().rstrip(".")
        return next((pattern for pattern in self.hosts if _covers(pattern, host, port)), "")

    def allows_key(self, key: str) -> bool:
        """Whether `kv` may use the key."""
        return self.kv is not None and key.startswith(self.kv)


_LISTS: Final = ("hosts", "tables", "secrets")
_FLAGS: Final = ("geolocation", "legacy_fetch")
NOTHING: Final = Capabilities()


def _covers(pattern: str, host: str, port: int) -> bool:
    found = _HOST.fullmatch(pattern)
    if found is None:
        return False
    name, wanted = found[1].strip("[]"), found[2]
    if wanted != "*" and (port not in _STANDARD_PORTS if wanted is None else port != int(wanted)):
        return False
    return name in {"*", host} or (name.startswith("*.") and host.endswith(name[1:]))


def _texts(declared: Mapping[Any, Any], key: str, where: str) -> tuple[str, ...]:
    value = declared.get(key)
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise CapabilitiesError(f"{where}.{key}: write a list of texts")
    if len(value) > _MOST:
        raise CapabilitiesError(f"{where}.{key}: {len(value)} of them; at most {_MOST} may be declared")
    return tuple(value)


def _names(declared: Mapping[Any, Any], key: str, where: str) -> tuple[str, ...]:
    names = _texts(declared, key, where)
    for name in names:
        if not _NAME.fullmatch(name):
            told = "write up to 63 letters, digits, underscores, dots or hyphens, beginning with no dot or hyphen"
            raise CapabilitiesError(f"{where}.{key}: {name[:64]!r} is no name; {told}")
    return tuple(dict.fromkeys(names))


def _check_host(host: str, where: str) -> None:
    found = _HOST.fullmatch(host) if len(host) <= _MOST_HOST else None
    if found is None or (found[2] and found[2] != "*" and not 1 <= int(found[2]) <= _MOST_PORT):
        told = "write a name in ASCII as in api.example.com, *.example.com or *, with :port or :* where it is not 80 or 443"
        raise CapabilitiesError(f"{where}.hosts: {host[:80]!r} is no host; {told}, and without a scheme or path")
