"""The URL of a request: checked, with its parameters, in the characters that may travel."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from transformer.engines.python.requests.bodies import encoded_pairs
from transformer.engines.python.requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

__all__ = ["prepared_url", "requote_uri", "user_of"]

_RESERVED = "!#$%&'()*+,/:;=?@[]~"


def requote_uri(uri: str) -> str:
    """The URL with every character escaped that may not stand in one, and what is escaped left alone."""
    return quote(uri, safe=_RESERVED)


def user_of(url: str) -> tuple[str, str] | None:
    """Name and password that stand in the URL."""
    there = urlsplit(url)
    return (unquote(there.username), unquote(there.password or "")) if there.username else None


def prepared_url(url: Any, params: Any) -> str:
    """The URL to ask for. No message names it: a URL may hold what is nobody's business.

    Raises:
        MissingSchema: it has no scheme.
        InvalidSchema: it has another one than http and https.
        InvalidURL: it has no host, or one that cannot be.
    """
    text = (url.decode() if isinstance(url, bytes) else str(url)).lstrip()
    scheme = text.partition(":")[0].lower()
    if "://" not in text:
        if ":" in text and scheme in {"mailto", "data", "file", "javascript"}:
            raise InvalidSchema(
                f"No connection adapters were found: the scheme {scheme!r} is not supported, http and https are."
            )
        raise MissingSchema("Invalid URL: no scheme supplied; write https:// before it.")
    if scheme not in {"http", "https"}:
        raise InvalidSchema(
            f"No connection adapters were found: the scheme {scheme[:20]!r} is not supported, http and https are."
        )
    try:
        there = urlsplit(text)
        host, port = there.hostname or "", there.port
    except ValueError:
        raise InvalidURL("Invalid URL: its host or port cannot be read.") from None
    host = _in_ascii(host)
    netloc = host if port is None else f"{host}:{port}"
    query = there.query
    if params and (more := encoded_pairs(params)):
        query = f"{query}&{more}" if query else more
    return requote_uri(urlunsplit((scheme, netloc, there.path or "/", query, there.fragment)))


def _in_ascii(host: str) -> str:
    if not host:
        raise InvalidURL("Invalid URL: no host supplied.")
    if host.startswith(("*", ".")):
        raise InvalidURL("Invalid URL: its host has an invalid label.")
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise InvalidURL("Invalid URL: its host has an invalid label.") from None
    return f"[{host}]" if ":" in host else host
