"""A transform as a step of a plan: an ordinary program that imports it, with parameters of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from transformer.capabilities import Capabilities
from transformer.engines.base import Library
from transformer.errors import CallerError, Code
from transformer.library import shelf
from transformer.library.parameters import ParametersError, filled
from transformer.library.pins import shipped_library
from transformer.library.shelf import Transform
from transformer.pool import Step

__all__ = ["function_step", "is_step", "need_transform", "step_of", "transform_step"]

_STEP: Final = {
    "python": "from {module} import {entry}\n",
    "javascript": 'export {{ {entry} }} from "@{name}";\n',
}
_FUNCTION: Final = {
    "python": (
        "from {module} import {function} as call\n\n\n"
        'def transformEvent(event, metadata):\n    return {{"returned": call(*event["arguments"])}}\n'
    ),
    "javascript": (
        'import {{ {function} as call }} from "@{name}";\n\n'
        "export async function transformEvent(event) {{\n"
        "  return {{ returned: (await call(...event.arguments)) ?? null }};\n}}\n"
    ),
}
_MENTIONED: Final = re.compile(r"\bmetadata\b")
_PARAMETER: Final = re.compile(r"\$\{(?:(host)\()?parameters\.(\w+)\)?\}")


def is_step(reference: str) -> bool:
    """Whether a reference names a transform of the library, rather than a workspace's own transformation."""
    return reference.startswith("library/")


def need_transform(reference: str, field: str) -> Transform:
    """The transform of this name. Raises CallerError (NOT_FOUND), naming those that are near."""
    found = shelf.find(reference)
    if found is None:
        near = get_close_matches(reference, shelf.names(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `transformer library list` shows all"
        raise CallerError(Code.NOT_FOUND, f"{field}: there is no {reference[:100]!r}{hint}", resource=reference[:100])
    if not found.entry_point:
        raise CallerError.about(field, f"{reference} has functions for your code, and is no step by itself")
    return found


def step_of(reference: str, parameters: str | bytes, field: str = "transformations") -> Step:
    """The step that a request asks for. `parameters` is JSON of an object, or "".

    Raises:
        CallerError: NOT_FOUND: there is no such transform; BAD_REQUEST: the parameters are not what it takes, and where.
    """
    transform = need_transform(reference, field)
    try:
        given = orjson.loads(parameters) if parameters else {}
    except orjson.JSONDecodeError:
        raise CallerError.about(field, "parameters: is not JSON") from None
    try:
        return transform_step(transform, filled(transform, given))
    except ParametersError as wrong:
        raise CallerError.about(field, str(wrong)) from None


def transform_step(transform: Transform, parameters: Mapping[str, Any], engine: str = "") -> Step:
    """The step with these parameters, which were checked; in the first of its languages, unless another is asked for."""
    engine = engine or next(iter(transform.sources))
    source = _STEP[engine].format(**_names(transform), entry=transform.entry_point)
    return _step(transform, parameters, engine, source)


def function_step(transform: Transform, function: str, engine: str) -> Step:
    """A step that calls a function which the transform exports, with the `arguments` of each event."""
    source = _FUNCTION[engine].format(**_names(transform), function=function)
    return _step(transform, None, engine, source)


def _names(transform: Transform) -> dict[str, str]:
    return {"module": transform.reference.replace("/", "."), "name": transform.reference}


def _step(transform: Transform, parameters: Mapping[str, Any] | None, engine: str, source: str) -> Step:
    inner: dict[str, Library] = {}
    library = shipped_library(transform.reference, engine, inner)
    assert library is not None  # it has this engine
    text = library.parameters if parameters is None else orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS).decode()
    pinned = (*inner.values(), replace(library, parameters=text, direct=True))
    digest = sha256(f"{library.hash}\0{text}\0{source}".encode()).hexdigest()
    uses_metadata = len(_MENTIONED.findall(transform.sources[engine])) > 1
    granted = _capabilities(transform, orjson.loads(text))
    return Step(digest, engine, transform.reference, source, uses_metadata, granted, pinned)


def _capabilities(transform: Transform, parameters: Mapping[str, Any]) -> Capabilities:
    """What the transform may ask for, with its parameters put in: `${parameters.table}`, `${host(parameters.url)}`."""
    declared: dict[str, Any] = {}
    for key, value in transform.manifest.capabilities.items():
        if isinstance(value, list):
            declared[key] = list(dict.fromkeys(each for one in value for each in _put_in(one, parameters)))
        elif isinstance(value, str):
            declared[key] = next(_put_in(value, parameters), "")
        else:
            declared[key] = value
    return Capabilities.from_manifest(declared)


def _put_in(text: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    matched = _PARAMETER.fullmatch(text)
    if matched is None:
        yield text
        return
    value = parameters.get(matched[2])
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each:
            found = urlsplit(each).netloc.rpartition("@")[2] if matched[1] else each
            if found:
                yield found
