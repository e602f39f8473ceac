"""The arguments of a fetch call, checked: what leaves here can be sent as it is.

Nothing in them is trusted. Whatever frames a message (Host, lengths, connections) is the host's to say: a header that repeats
what the host says anyway is left out, one that says anything else is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from yarl import URL

from transformer.wire.calls import CallError

__all__ = ["Keep", "Request", "read_request", "read_url"]

_URL_CHARACTERS: Final = 16 * 1024
_HEADERS: Final = 128
_HEADER_BYTES: Final = 32 * 1024
_REDIRECTS: Final = 30
_KEY_CHARACTERS: Final = 1024
_KEPT_SECONDS: Final = 86_400.0
_SECONDS: Final = 3600.0
_SCHEMES: Final = frozenset({"http", "https"})
_METHOD: Final = re.compile(r"[A-Za-z][A-Za-z-]{0,31}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_NOT_IN_URL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_.])?|[0-9a-f:]+(?:\.[0-9.]+)?")
_REFUSED_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
_REFUSED_HEADERS: Final = frozenset(
    {"transfer-encoding", "te", "trailer", "upgrade", "expect", "keep-alive", "http2-settings", "via", "forwarded-host"}
)
_LEFT_OUT: Final = frozenset({"host", "content-length", "connection"})
_SECRET: Final = re.compile(r"auth|cookie|token|secret|credential|passw|signature|(?:api|access|private)[-_]?key|x-.*-?key\Z")
_OF_BODY: Final = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
_KNOWN: Final = frozenset(
    {"url", "method", "headers", "body", "timeout", "connect_timeout", "read_timeout", "redirect", "max_redirects", "verify"}
    | {"delay", "cache", "redirect_rules"}
)


@dataclass(frozen=True, slots=True)
class Keep:
    """How an answer is kept: for how long, and under which name, empty for that of the request itself."""

    seconds: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be sent. `headers` holds neither Host nor lengths; `url` neither a user nor a fragment."""

    url: URL
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    timeout: float | None = None
    connect_timeout: float | None = None
    read_timeout: float | None = None
    redirect: Literal["follow", "manual", "error"] = "follow"
    max_redirects: int = _REDIRECTS
    rules: Literal["fetch", "requests"] = "fetch"
    """By whose rules a redirect changes the method: the web's, or those of Python's requests."""

    verify: bool = True
    delay: float = 0.0
    keep: Keep | None = None

    def redirected(self, status: int, location: URL) -> Request:
        """The request that follows an answer which sent us elsewhere, by `rules`.

        What looks like a secret does not go to another origin.
        """
        method, headers, body = self.method, self.headers, self.body
        if _becomes_get(status, method, self.rules):
            method = "GET"
        # The web keeps the body of what keeps its method; requests keeps it only where it is told that the method stays.
        if method != self.method or (self.rules == "requests" and status not in {307, 308}):
            body = b""
            headers = tuple((name, value) for name, value in headers if name.lower() not in _OF_BODY)
        if (location.scheme, location.raw_host, location.port) != (self.url.scheme, self.url.raw_host, self.url.port):
            headers = tuple((name, value) for name, value in headers if not _SECRET.search(name.lower()))
        return replace(self, url=location, method=method, headers=headers, body=body)


def _becomes_get(status: int, method: str, rules: Literal["fetch", "requests"]) -> bool:
    if status == 303:
        return method not in {"GET", "HEAD"}
    if status == 302 and rules == "requests":
        return method != "HEAD"
    return status in {301, 302} and method == "POST"


def read_request(arguments: Mapping[str, Any], most_bytes: int) -> Request:
    """The request that the arguments of a call describe. Its body may have `most_bytes`.

    Raises:
        CallError: "invalid", naming the argument, or "too_large". Messages repeat no values.
    """
    for name in arguments:
        if name not in _KNOWN:
            raise _invalid(f"there is no argument {str(name)[:40]!r}")
    url, user = read_url(arguments.get("url"))
    method = arguments.get("method", "GET")
    if not isinstance(method, str) or not _METHOD.fullmatch(method) or method.upper() in _REFUSED_METHODS:
        raise _invalid("method is not one that can be used")
    body = _body(arguments.get("body"), most_bytes)
    headers = _headers(arguments.get("headers"), url, len(body))
    if user is not None and not any(name.lower() == "authorization" for name, _ in headers):
        headers.append(("Authorization", user))
    redirect = arguments.get("redirect", "follow")
    if redirect not in {"follow", "manual", "error"}:
        raise _invalid("redirect is follow, manual or error")
    rules = arguments.get("redirect_rules", "fetch")
    if rules not in {"fetch", "requests"}:
        raise _invalid("redirect_rules is fetch or requests")
    most = arguments.get("max_redirects", _REDIRECTS)
    if type(most) is not int or most < 0:
        raise _invalid("max_redirects is a number from 0 on")
    verify = arguments.get("verify", True)
    if not isinstance(verify, bool):
        raise _invalid("verify is true or false")
    return Request(
        url=url,
        method=method.upper(),
        headers=tuple(headers),
        body=body,
        timeout=_seconds(arguments, "timeout"),
        connect_timeout=_seconds(arguments, "connect_timeout"),
        read_timeout=_seconds(arguments, "read_timeout"),
        redirect=cast("Literal['follow', 'manual', 'error']", redirect),
        max_redirects=min(most, _REDIRECTS),
        rules=cast("Literal['fetch', 'requests']", rules),
        verify=verify,
        delay=_seconds(arguments, "delay", zero=True) or 0.0,
        keep=_keep(arguments.get("cache")),
    )


def read_url(text: object, base: URL | None = None) -> tuple[URL, str | None]:
    """A URL that may be asked, and what it says for an Authorization header, if it names a user.

    Raises:
        CallError: "invalid".
    """
    if not isinstance(text, str) or not text or len(text) > _URL_CHARACTERS:
        raise _invalid(f"url is a text of up to {_URL_CHARACTERS} characters")
    if _NOT_IN_URL.search(text):
        raise _invalid("url holds a backslash or a control character; write them as %5C …")
    try:
        url = URL(text.strip()) if base is None else base.join(URL(text.strip()))
        if url.scheme not in _SCHEMES:
            raise _invalid("url begins with http:// or https://")
        if not url.raw_host or not _HOST.fullmatch(url.raw_host) or not url.port:
            raise _invalid("url names no host, or none that there can be, or no port")
        user = None
        if url.raw_user is not None or url.raw_password is not None:
            pair = f"{url.user or ''}:{url.password or ''}".encode()
            user = f"Basic {base64.b64encode(pair).decode('ascii')}"
        url = url.with_user(None).with_fragment(None)
        return url if url.raw_path != "/" else url.with_path("/", keep_query=True), user
    except (ValueError, TypeError):  # IDNA speaks UnicodeError, which is one of them
        raise _invalid("url cannot be read") from None


def _body(value: object, most_bytes: int) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        try:
            value = value.encode()
        except UnicodeEncodeError:
            raise _invalid("body is no Unicode text") from None
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _invalid("body is a text or bytes")
    if len(value) > most_bytes:
        raise CallError("too_large", f"fetch: body has more than {most_bytes} bytes (call_bytes)", {"why": "request"})
    return bytes(value)


def _headers(value: object, url: URL, length: int) -> list[tuple[str, str]]:
    pairs: Sequence[Any] = list(value.items()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    if value is not None and not isinstance(value, (Mapping, list)):
        raise _invalid("headers are an object, or a list of [name, value]", "header")
    if len(pairs) > _HEADERS:
        raise _invalid(f"there are more than {_HEADERS} headers", "header")
    found, size = [], 0
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise _invalid("headers are an object, or a list of [name, value]", "header")
        name, text = pair
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _invalid("the name of a header is not allowed", "header")
        if not isinstance(text, str) or not _VALUE.fullmatch(text):
            raise _invalid(
                f"the value of the header {name[:64]} is not allowed: it is Latin-1 text without line breaks", "header"
            )
        size += len(name) + len(text)
        if not _left_out(name.lower(), text, url, length):
            found.append((name, text.strip()))
    if size > _HEADER_BYTES:
        raise _invalid(f"headers have more than {_HEADER_BYTES} bytes", "header")
    return found


def _left_out(name: str, value: str, url: URL, length: int) -> bool:
    """Whether a header says only what the host says anyway. Raises CallError if it says what it must not."""
    if name in _REFUSED_HEADERS or name.startswith(("proxy-", ":")):
        raise _invalid(f"the header {name[:64]} is not code's to set", "header")
    if name not in _LEFT_OUT:
        return False
    said = value.strip().lower()
    hosts = {url.host, url.raw_host, url.authority.lower(), f"{url.raw_host}:{url.port}"}
    right = {"host": said in hosts, "content-length": said == str(length), "connection": said in {"close", "keep-alive"}}
    if not right[name]:
        raise _invalid(f"the header {name} is not code's to set", "header")
    return True


def _seconds(arguments: Mapping[str, Any], name: str, *, zero: bool = False) -> float | None:
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0 or (not value and not zero):
        raise _invalid(f"{name} is a number of seconds above 0")
    return float(min(value, _SECONDS))


def _keep(value: object) -> Keep | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not value.keys() <= {"key", "seconds"}:
        raise _invalid('cache is an object as {"seconds": 60, "key": "name"}')
    seconds, name = _seconds(value, "seconds"), value.get("key")
    if seconds is None:
        raise _invalid("cache.seconds says for how long")
    if name is not None and (not isinstance(name, str) or not 0 < len(name) <= _KEY_CHARACTERS):
        raise _invalid(f"cache.key is a text of up to {_KEY_CHARACTERS} characters")
    return Keep(min(seconds, _KEPT_SECONDS), name or "")


def _invalid(told: str, why: str = "") -> CallError:
    return CallError("invalid", f"fetch: {told}", {"why": why} if why else {})
