"""Requests and responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

from transformer.engines.python.guards import open_to_programs
from transformer.engines.python.requests.cookies import RequestsCookieJar
from transformer.engines.python.requests.exceptions import HTTPError, JSONDecodeError
from transformer.engines.python.requests.structures import CaseInsensitiveDict

__all__ = ["PreparedRequest", "Response", "encoding_of", "header_links", "make_response"]

_CHARSET: Final = re.compile(r"charset=[\"']?([^\s;\"']+)", re.IGNORECASE)
_LINK: Final = re.compile(r"<([^>]*)>((?:\s*;\s*[^;,]+)*)")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@open_to_programs
class PreparedRequest:
    """What is sent, to the byte."""

    def __init__(
        self,
        method: str | None = None,
        url: str | None = None,
        headers: Any = None,
        body: bytes | None = None,
        hooks: Any = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = CaseInsensitiveDict(headers)
        self.body = body
        self.hooks = hooks or {}
        self.digest: Any = None
        """The HTTPDigestAuth that answers when the other side asks for it."""

    @property
    def path_url(self) -> str:
        """Path and query."""
        there = urlsplit(self.url or "")
        return (there.path or "/") + (f"?{there.query}" if there.query else "")

    def copy(self) -> PreparedRequest:
        """Another one that says the same."""
        return PreparedRequest(self.method, self.url, self.headers, self.body, self.hooks)

    def __repr__(self) -> str:
        return f"<PreparedRequest [{self.method}]>"


@open_to_programs
class Response:
    """An answer, all of it in memory."""

    def __init__(self) -> None:
        self.status_code: Any = None
        self.reason: Any = None
        self.url: Any = None
        self.headers: Any = CaseInsensitiveDict()
        self.encoding: Any = None
        self.history: list[Any] = []
        self.cookies = RequestsCookieJar()
        self.elapsed = timedelta(0)
        self.request: Any = None
        self.raw: Any = None
        self.cached = False
        """Whether it came from the cache that the caller asked for; `requests` has no such attribute."""
        self._content = b""

    @property
    def content(self) -> bytes:
        """The body."""
        return self._content

    @property
    def apparent_encoding(self) -> str:
        """The encoding that the body seems to have."""
        try:
            self._content.decode()
        except UnicodeDecodeError:
            return "ISO-8859-1"
        return "utf-8"

    @property
    def text(self) -> str:
        """The body as text, in `encoding`, or in the one that it seems to have."""
        encoding = self.encoding or self.apparent_encoding
        try:
            return str(self._content, encoding, "replace")
        except (LookupError, TypeError, ValueError):
            return str(self._content, "utf-8", "replace")

    def json(self, **options: Any) -> Any:
        """The body, read as JSON. Raises JSONDecodeError if it is none."""
        try:
            return json.loads(self._content if self.encoding is None or not self._content else self.text, **options)
        except UnicodeDecodeError:
            text = self.text
        except json.JSONDecodeError as wrong:
            raise JSONDecodeError(wrong.msg, wrong.doc, wrong.pos) from None
        try:
            return json.loads(text, **options)
        except json.JSONDecodeError as wrong:
            raise JSONDecodeError(wrong.msg, wrong.doc, wrong.pos) from None

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status_code is not None and self.status_code < 400

    def raise_for_status(self) -> None:
        """Raise HTTPError if the status is 400 or more. The message names the URL without its query."""
        status = self.status_code or 0
        if 400 <= status < 600:
            whose = "Client" if status < 500 else "Server"
            raise HTTPError(f"{status} {whose} Error: {self.reason} for url: {_without_query(self.url)}", response=self)

    @property
    def is_redirect(self) -> bool:
        """Whether it sends the caller on."""
        return "location" in self.headers and self.status_code in _REDIRECTS

    @property
    def is_permanent_redirect(self) -> bool:
        """Whether it does so for good."""
        return "location" in self.headers and self.status_code in {301, 308}

    @property
    def next(self) -> None:
        """The next request of a chain of redirects: there is none, they were followed."""

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """What the Link header says, by relation."""
        return {link.get("rel") or link["url"]: link for link in header_links(self.headers.get("link") or "")}

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """The body in pieces."""
        whole: Any = self.text if decode_unicode else self._content
        step = chunk_size or max(1, len(whole))
        for at in range(0, len(whole), step):
            yield whole[at : at + step]

    def iter_lines(self, chunk_size: int = 512, decode_unicode: bool = False, delimiter: Any = None) -> Iterator[Any]:  # noqa: ARG002 - the body is here
        """The lines of the body."""
        whole: Any = self.text if decode_unicode else self._content
        yield from whole.split(delimiter) if delimiter else whole.splitlines()

    def close(self) -> None:
        """Nothing: the body is here, and no connection is held."""

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[bytes]:
        return self.iter_content(128)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def make_response(value: Any, request: Any) -> Response:
    """The response that the host's answer says."""
    response = Response()
    response.status_code, response.reason, response.url = (
        value["status"],
        value.get("reason") or "",
        value.get("url") or request.url,
    )
    for name, text in value.get("headers") or ():
        held = response.headers.get(name)
        response.headers[name] = text if held is None else f"{held}, {text}"
    response._content = value.get("body") or b""  # noqa: SLF001 - it is made here
    response.encoding = encoding_of(response.headers)
    response.elapsed = timedelta(seconds=value.get("elapsed") or 0)
    response.cached = bool(value.get("cached"))
    response.request = request
    return response


def encoding_of(headers: Any) -> str | None:
    """The encoding that the Content-Type header says or implies."""
    kind = headers.get("content-type") or ""
    if found := _CHARSET.search(kind):
        return found[1]
    if "text" in kind:
        return "ISO-8859-1"
    return "utf-8" if "application/json" in kind else None


def header_links(value: str) -> list[dict[str, str]]:
    """The links of a Link header, each with its `url` and parameters."""
    found = []
    for url, rest in _LINK.findall(value):
        link = {"url": url}
        for part in rest.split(";"):
            key, equals, text = part.partition("=")
            if equals:
                link[key.strip()] = text.strip(" '\"")
        found.append(link)
    return found


def _without_query(url: Any) -> str:
    there = urlsplit(str(url))
    return urlunsplit((there.scheme, there.netloc.rpartition("@")[2], there.path, "", ""))
