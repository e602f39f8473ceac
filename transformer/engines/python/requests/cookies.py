"""Cookies: those of a response, and those that a session sends again to whom they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from transformer.engines.python.guards import open_to_programs

__all__ = ["Cookie", "RequestsCookieJar", "cookie_header", "cookiejar_from_dict", "create_cookie", "received"]


@open_to_programs
@dataclass(slots=True, match_args=False)
class Cookie:
    """One cookie. An empty domain: it goes to every host."""

    name: str
    value: str | None
    domain: str = ""
    path: str = "/"
    secure: bool = False
    below: bool = False
    """Whether it goes to the hosts below its domain, too."""

    def goes_to(self, host: str, path: str, *, secure: bool) -> bool:
        """Whether a request there carries it."""
        domain = self.domain.lstrip(".")
        near = not domain or host == domain or (self.below and host.endswith("." + domain))
        base = self.path.rstrip("/")
        return near and (path == base or path.startswith(base + "/")) and (secure or not self.secure)


@open_to_programs
class RequestsCookieJar(MutableMapping[str, Any]):
    """Cookies by name, domain and path; as a mapping, by name alone."""

    def __init__(self, policy: object = None) -> None:  # noqa: ARG002 - there is one policy only
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep a cookie, in place of the one with its name, domain and path."""
        self._cookies[cookie.domain, cookie.path, cookie.name] = cookie

    def set(self, name: str, value: Any, **options: Any) -> Cookie | None:
        """Keep a value; None removes it."""
        if value is None:
            self._remove(name, options.get("domain"), options.get("path"))
            return None
        cookie = create_cookie(name, value, **options)
        self.set_cookie(cookie)
        return cookie

    def get(self, name: str, default: Any = None, domain: str | None = None, path: str | None = None) -> Any:
        """The value of a cookie."""
        return next((each.value for each in self._found(name, domain, path)), default)

    def get_dict(self, domain: str | None = None, path: str | None = None) -> dict[str, Any]:
        """The values by name."""
        return {each.name: each.value for each in self._found(None, domain, path)}

    def keys(self) -> Any:
        """The names."""
        return [each.name for each in self._cookies.values()]

    def values(self) -> Any:
        """The values."""
        return [each.value for each in self._cookies.values()]

    def items(self) -> Any:
        """The names and values."""
        return [(each.name, each.value) for each in self._cookies.values()]

    iterkeys, itervalues, iteritems = keys, values, items

    def list_domains(self) -> list[str]:
        """The domains that cookies came from."""
        return list(dict.fromkeys(each.domain for each in self._cookies.values()))

    def list_paths(self) -> list[str]:
        """The paths that cookies are for."""
        return list(dict.fromkeys(each.path for each in self._cookies.values()))

    def multiple_domains(self) -> bool:
        """Whether there are cookies of more than one domain."""
        return len(self.list_domains()) > 1

    def update(self, other: Any = (), /, **named: Any) -> None:
        """Take over the cookies of a jar, or values by name."""
        if isinstance(other, RequestsCookieJar):
            for cookie in other:
                self.set_cookie(cookie)
        else:
            super().update(other, **named)

    def copy(self) -> RequestsCookieJar:
        """Another jar with the same cookies."""
        made = RequestsCookieJar()
        made.update(self)
        return made

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Forget all cookies, or those of a domain, path and name."""
        self._remove(name, domain, path)

    def __getitem__(self, name: str) -> Any:
        for each in self._found(name, None, None):
            return each.value
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        self._remove(name, None, None)

    def __contains__(self, name: object) -> bool:
        return any(each.name == name for each in self._cookies.values())

    def __iter__(self) -> Iterator[Any]:  # cookies, not names: what requests has
        return iter(list(self._cookies.values()))

    def __len__(self) -> int:
        return len(self._cookies)

    def __repr__(self) -> str:
        return f"<RequestsCookieJar[{', '.join(f'{name}={value}' for name, value in self.items())}]>"

    def _found(self, name: str | None, domain: str | None, path: str | None) -> list[Cookie]:
        return [
            each
            for each in self._cookies.values()
            if name in {None, each.name} and domain in {None, each.domain} and path in {None, each.path}
        ]

    def _remove(self, name: str | None, domain: str | None, path: str | None) -> None:
        for each in self._found(name, domain, path):
            del self._cookies[each.domain, each.path, each.name]


def create_cookie(name: str, value: Any, **options: Any) -> Cookie:
    """A cookie. Of the options domain, path and secure count."""
    domain = str(options.get("domain") or "")
    said = None if value is None else str(value)
    return Cookie(
        str(name), said, domain.lower(), str(options.get("path") or "/"), bool(options.get("secure")), domain.startswith(".")
    )


def cookiejar_from_dict(values: Any, cookiejar: Any = None, overwrite: bool = True) -> RequestsCookieJar:
    """A jar with these values; a jar is copied."""
    jar = RequestsCookieJar() if cookiejar is None else cookiejar
    if isinstance(values, RequestsCookieJar):
        jar.update(values)
    elif values:
        for name, value in dict(values).items():
            if overwrite or name not in jar:
                jar.set(name, value)
    return jar


def received(headers: Iterable[tuple[str, str]], url: str) -> list[Cookie]:
    """The cookies that a response from this URL sets. Those for other hosts are left out."""
    there = urlsplit(url)
    found = []
    for name, line in headers:
        if name.lower() == "set-cookie" and (cookie := _read(line, there.hostname or "", there.path)) is not None:
            found.append(cookie)
    return found


def _read(line: str, host: str, path: str) -> Cookie | None:
    first, *rest = line.split(";")
    name, equals, value = first.partition("=")
    if not equals or not name.strip():
        return None
    said = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
    domain = said.get("domain", "").lower().lstrip(".")
    if domain and host != domain and not host.endswith("." + domain):
        return None
    if said.get("max-age", "1").startswith(("0", "-")):
        value = ""
    default = path.rpartition("/")[0] or "/"
    where = said["path"] if said.get("path", "").startswith("/") else default
    return Cookie(name.strip(), value.strip().strip('"'), domain or host, where, "secure" in said, bool(domain))


def cookie_header(jars: Iterable[Mapping[str, Any] | RequestsCookieJar], url: str) -> str | None:
    """What the Cookie header of a request to this URL says, or None. Later jars win."""
    there = urlsplit(url)
    chosen: dict[str, Any] = {}
    for jar in jars:
        if isinstance(jar, RequestsCookieJar):
            secure, path = there.scheme == "https", there.path or "/"
            near = [each for each in jar if each.goes_to(there.hostname or "", path, secure=secure)]
            chosen.update({each.name: each.value for each in sorted(near, key=lambda each: len(each.path))})
        else:
            chosen.update(jar)
    return "; ".join(f"{name}={value}" for name, value in chosen.items() if value is not None) or None
