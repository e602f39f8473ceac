"""From a request as the caller says it to the bytes that are sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from transformer.engines.python.guards import open_to_programs
from transformer.engines.python.requests.addresses import prepared_url, user_of
from transformer.engines.python.requests.auth import basic_auth
from transformer.engines.python.requests.bodies import make_body
from transformer.engines.python.requests.cookies import cookie_header, cookiejar_from_dict
from transformer.engines.python.requests.exceptions import InvalidHeader
from transformer.engines.python.requests.models import PreparedRequest
from transformer.engines.python.requests.structures import CaseInsensitiveDict

__all__ = ["Request", "default_headers", "hooks_of", "merged", "prepare", "sent_headers"]

USER_AGENT: Final = "transformer-requests/2"
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@open_to_programs
class Request:
    """What to ask for, as the caller says it."""

    def __init__(
        self,
        method: str | None = None,
        url: Any = None,
        headers: Any = None,
        files: Any = None,
        data: Any = None,
        params: Any = None,
        auth: Any = None,
        cookies: Any = None,
        hooks: Any = None,
        json: Any = None,
    ) -> None:
        self.method, self.url, self.headers, self.files = method, url, headers or {}, files or []
        self.data, self.params, self.auth, self.cookies = data or [], params or {}, auth, cookies
        self.hooks, self.json = hooks or {}, json

    def __repr__(self) -> str:
        return f"<Request [{self.method}]>"

    def prepare(self) -> PreparedRequest:
        """What to send, without a session's additions. Raises RequestException."""
        return prepare(self)


def default_headers() -> CaseInsensitiveDict:
    """What every request carries unless it says otherwise."""
    return CaseInsensitiveDict({"User-Agent": USER_AGENT, "Accept": "*/*"})


def merged(own: Any, kept: Any, make: Callable[[Any], Any] = dict) -> Any:
    """What a call says over what its session keeps; None in a call removes what is kept."""
    if kept is None or own is None:
        return kept if own is None else own
    if not (isinstance(own, Mapping) and isinstance(kept, Mapping)):
        return own
    made = make(kept)
    made.update(own)
    for key in [key for key, value in made.items() if value is None]:
        del made[key]
    return made


def prepare(request: Any, jars: tuple[Any, ...] = ()) -> PreparedRequest:
    """The request to send. `jars` are cookies of the session, under those of the request itself.

    Raises:
        RequestException: its URL, headers or body make no sense.
    """
    body, kind = make_body(request.data, request.json, request.files)
    method = str(request.method or "").upper()
    if not _NAME.fullmatch(method):
        raise ValueError("the method of a request must be a word, as GET")
    prepared = PreparedRequest(method, prepared_url(request.url, request.params), request.headers or {}, body)
    if kind and "content-type" not in prepared.headers:
        prepared.headers["Content-Type"] = kind
    given = (cookiejar_from_dict(request.cookies),) if isinstance(request.cookies, Mapping) else ()
    cookies = cookie_header((*jars, *given), str(prepared.url))
    if cookies and "cookie" not in prepared.headers:
        prepared.headers["Cookie"] = cookies
    prepared.hooks = hooks_of(request.hooks)
    auth: Any = user_of(str(request.url)) if request.auth is None else request.auth
    if isinstance(auth, tuple) and len(auth) == 2:
        prepared.headers["Authorization"] = basic_auth(*auth)
    elif auth:
        prepared = auth(prepared) or prepared
    return prepared


def hooks_of(given: Any) -> dict[str, list[Any]]:
    """What to call with a response, always as a list."""
    found = (given or {}).get("response") or []
    return {"response": [found] if callable(found) else list(found)}


def sent_headers(prepared: Any) -> list[tuple[str, str]]:
    """The headers of a request as pairs of text.

    Raises:
        InvalidHeader: a name or a value cannot be sent. Values are not told: they may be secrets.
    """
    pairs = []
    for key, value in prepared.headers.items():
        name, text = _text(key), _text(value)
        if name is None or not _NAME.fullmatch(name):
            raise InvalidHeader("Invalid header: a name must be a word of letters, digits and hyphens.")
        if text is None or not _VALUE.fullmatch(text := text.strip(" \t")):
            raise InvalidHeader(f"Invalid header {name}: its value must be text of one line, in characters up to U+00FF.")
        pairs.append((name, text))
    return pairs


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str.__str__(value) if isinstance(value, str) else None
