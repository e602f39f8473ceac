"""Asks an HTTP service about each event and adds parts of its answer."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from library.digest.v1 import text_of
from library.paths.v1 import get, reader, writer

_BRACES = re.compile(r"\{([^{}]+)\}")
_SECRET = re.compile(r"\{secret:([^{}]+)\}")
_NOT_FOUND = 404


def _template(text: str) -> list[str | Callable[[Any], Any]]:
    parts: list[str | Callable[[Any], Any]] = []
    at = 0
    for found in _BRACES.finditer(text):
        parts.append(text[at : found.start()])
        try:
            parts.append(reader(found.group(1)))
        except ValueError as wrong:
            raise ValueError(f"parameters.url: {wrong}") from None
        at = found.end()
    return [*parts, text[at:]]


def filled(url: str, event: Any) -> str | None:
    """The URL with what the event has in place of its braces, percent-encoded; None where it lacks a value."""
    return _filled(_template(url), event)


def _filled(parts: list[str | Callable[[Any], Any]], event: Any) -> str | None:
    made = ""
    for part in parts:
        if isinstance(part, str):
            made += part
            continue
        value = part(event)
        if value is None or value == "" or isinstance(value, (dict, list)):
            return None
        made += quote(text_of(value), safe="")
    return made


_parts = _template(parameters.get("url", ""))
_headers, _secrets = parameters["headers"], frozenset(parameters["secrets"])
for _name, _value in _headers.items():
    for _found in _SECRET.finditer(_value):
        if _found.group(1) not in _secrets:
            raise ValueError(f"parameters.headers.{_name}: {_found.group(1)} is not among parameters.secrets")
_take = [(reader(path), target, writer(target)) for path, target in parameters["take"].items()]
_target, _write = parameters["target"], writer(parameters["target"])
_overwrite, _not_found, _on_error = parameters["overwrite"], parameters["not_found"], parameters["on_error"]
_cache = parameters["cache_seconds"] or None
_timeout, _later = parameters["timeout_seconds"], parameters["retry_seconds"]


def _secret(found: re.Match[str]) -> str:
    value = getCredential(found.group(1))
    if not value:
        raise ValueError(f"there is no secret {found.group(1)!r}: set it")
    return value


def _answer(url: str, headers: dict[str, str]) -> tuple[bool, Any]:
    """Whether there is such a thing, and what the service says of it. Raises whatever keeps it from answering."""
    response = fetch(url, headers={"Accept": "application/json", **headers}, timeout=_timeout, cache=_cache)
    if response.status_code == _NOT_FOUND and _not_found != "error":
        return False, None
    response.raise_for_status()
    return True, response.json()


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Ask, and add the answer."""
    url = _filled(_parts, event)
    if url is None:
        return event
    headers = {name: _SECRET.sub(_secret, value) for name, value in _headers.items()}
    try:
        found, answer = _answer(url, headers)
    except Exception:
        if _on_error == "fail":
            raise
        if _on_error == "retry":
            raise Retry(_later, "the service did not answer") from None
        return event
    if not found and _not_found == "drop":
        raise Drop("the service does not know it")
    if found:
        _add(event, answer)
    return event


def _add(event: dict[str, Any], answer: Any) -> None:
    if not _take:
        if _overwrite or get(event, _target) is None:
            _write(event, answer)
        return
    for read, target, write in _take:
        value = read(answer)
        if value is not None and (_overwrite or get(event, target) is None):
            write(event, copy.deepcopy(value))
