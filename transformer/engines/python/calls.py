"""The builtins that ask the host: `fetch`, `lookup`, `kv`, `getCredential`, `geolocation`.

Each is a function made for one program, and knows the way to its host in a closure, which no code can read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final, NoReturn

from transformer.engines.base import Host
from transformer.engines.python.asking import HostCallError, ask
from transformer.engines.python.keyvalues import make_kv
from transformer.engines.python.requests.prepare import Request, default_headers, merged, prepare
from transformer.engines.python.requests.sending import Door, Options, deliver
from transformer.engines.python.requests.structures import CaseInsensitiveDict
from transformer.wire.calls import CallError

__all__ = ["CALLS", "CLOSED_DOOR", "make_calls", "make_door"]

CALLS: Final = ("HostCallError", "fetch", "geolocation", "getCredential", "kv", "lookup")
"""Their names."""

_CREDENTIAL_SECONDS: Final = 1.0


def make_door(host: Host) -> Door:
    """The way to the host for what sends requests."""
    return Door(host.ask, lambda: host.limits().call_seconds, host.count)  # type: ignore[arg-type]  # its kinds are a closed list there


def make_calls(host: Host, door: Door) -> dict[str, object]:
    """The builtins of one program."""
    functions = (make_fetch(door), _make_lookup(host), _make_credential(host), _make_geolocation(host))
    return {"HostCallError": HostCallError, "kv": make_kv(host), **{each.__name__: each for each in functions}}


def make_fetch(door: Door) -> Callable[..., Any]:
    """`fetch`, through this door."""

    def fetch(
        url: Any,
        method: str = "GET",
        headers: Any = None,
        body: Any = None,
        *,
        params: Any = None,
        json: Any = None,
        timeout: float | None = None,
        redirect: bool = True,
        cache: Any = None,
    ) -> Any:
        """Ask for a URL and return the response, whatever its status: see `requests.Response`.

        `timeout`: seconds for all of it, the body included.
        `cache`: seconds for which the answer may be kept, or {"seconds": …, "key": "a name of your own"}.
        """
        own = merged(headers, default_headers(), CaseInsensitiveDict)
        asked = prepare(Request(method, url, own, None, body, params, None, None, None, json))
        return deliver(door, asked, Options(None, bool(redirect), cache=_cache(cache), seconds=timeout))

    fetch.__qualname__ = "fetch"
    return fetch


def _cache(given: Any) -> dict[str, Any] | None:
    if given is None or given is False:
        return None
    asked = dict(given) if isinstance(given, Mapping) else {"seconds": given}
    seconds, key = asked.pop("seconds", 60), asked.pop("key", None)
    if asked or isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
        raise ValueError('cache must be a number of seconds above 0, or {"seconds": 60, "key": "name"}')
    if key is None:
        return {"seconds": seconds}
    if not isinstance(key, str):
        raise TypeError(f"the key of a cache must be a text, not {type(key).__name__}")
    return {"seconds": seconds, "key": str.__str__(key)}


def _make_lookup(host: Host) -> Callable[..., Any]:
    table_of = host.table

    def lookup(table: str, key: Any, default: Any = None) -> Any:
        """The row of a reference table with that key, a new dict; `default` where there is none."""
        if not isinstance(table, str):
            raise TypeError(f"lookup(table, key) takes the table's name, a text, not {type(table).__name__}")
        try:
            return table_of(table).get(key, default)
        except CallError as wrong:
            raise HostCallError(wrong.message, wrong.kind) from None
        except ValueError:  # the file of the table is broken
            raise HostCallError("the table cannot be read", "missing") from None

    lookup.__qualname__ = "lookup"
    return lookup


def _make_credential(host: Host) -> Callable[..., Any]:
    known: dict[str, tuple[float, Any]] = {}

    def getCredential(*keys: Any) -> Any:  # noqa: N802 - the name that existing code knows
        """The value of a secret; None where there is none of this name."""
        if not keys:
            raise TypeError("Key should be valid and defined: getCredential(key)")
        (key,) = keys[:1]
        if not isinstance(key, str):
            return None
        name = str.__str__(key)
        if (given := host.credential(name)) is not None:
            return given[0]
        if not name:
            return None
        until, value = known.get(name, (0.0, None))
        if monotonic() < until:
            return value
        value = ask(host, "secret", {"key": name}, {"missing": None})
        if len(known) > 100:
            known.clear()
        known[name] = (monotonic() + _CREDENTIAL_SECONDS, value)
        return value

    getCredential.__qualname__ = "getCredential"
    return getCredential


def _make_geolocation(host: Host) -> Callable[..., Any]:
    def geolocation(*arguments: Any, **named: Any) -> Any:
        """Where an IP address is: a dict."""
        if named or len(arguments) != 1 or not isinstance(arguments[0], str):
            raise TypeError("geolocation() takes a single string argument: an IP address")
        try:
            return host.ask("geolocation", {"ip": str.__str__(arguments[0])})
        except CallError as wrong:
            told = wrong.message
            if wrong.kind == "unsupported":
                told = f"geolocation is not supported: {told}"
            elif wrong.kind == "status" and "status code" not in told:
                told = f"geolocation failed with status code: {wrong.details.get('code', '')}"
            raise HostCallError(told, wrong.kind) from None

    geolocation.__qualname__ = "geolocation"
    return geolocation


def _unreachable(kind: str, _arguments: object) -> NoReturn:
    raise CallError("unsupported", f"{kind} cannot be used here")


CLOSED_DOOR: Final = Door(_unreachable, lambda: 1.0, lambda _what: None)
"""It leads nowhere: for modules that are only looked at."""
