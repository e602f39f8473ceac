"""The description of the gateway in OpenAPI: made of its routes, of who may ask them, and of the shapes of what is sent.

A route that has no line here is one that is passed on to somebody else's service. A test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final

from transformer.access import Rule
from transformer.access.roles import EVENTS
from transformer.gateway.description import shapes
from transformer.gateway.description.shapes import Imports, Json

__all__ = ["ABOUT", "About", "describe"]

_PARAMETER: Final = re.compile(r"\{([a-z_]+)(?::[a-z]+)?\}")
_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class About:
    """What a route is for.

    tag       who asks it
    reads     the shape of its body; None: it has none
    answers   the shape of what is answered with 200; a text is a content type that is no JSON
    refuses   the other status codes with which it answers `{"error": …}`
    compact   whether bodies may be compacted, with destinations beside the events
    """

    tag: str
    summary: str
    answers: Any
    reads: Any = None
    refuses: tuple[int, ...] = ()
    told: str = ""
    compact: bool = False
    unavailable: Any = field(default=None)
    """The shape of a 503."""


_PLANE: Final = "Data planes"
_CONTROL: Final = "Control planes"
_OPERATORS: Final = "Operators"
_RETRIED: Final = list[shapes.Retried]
_BAD: Final = (400, 413)
_TESTED: Final = (400, 413, 503)


def _tests(summary: str, reads: Any, answers: Any, told: str = "") -> About:
    return About(_CONTROL, summary, answers, reads, _TESTED, told)


_TEST: Final = _tests("Try code on events: the events that come of it.", shapes.CodeToTest, shapes.Tested)
_RUN: Final = _tests("Try code on events: what comes of each, with its metadata.", shapes.CodeToRun, shapes.Run)
_READ: Final = _tests("Which modules and libraries code imports.", shapes.CodeToRead, Imports)
_LIBRARY: Final = "Whether code can be a library."
_USUAL_PYTHON: Final = "Code without a `language` is Python."
_USUAL_JAVASCRIPT: Final = "Code without a `language` is JavaScript."


def _usual(about: About, told: str) -> About:
    return About(about.tag, about.summary, about.answers, about.reads, about.refuses, told)


ABOUT: Final[Mapping[str, About]] = MappingProxyType(
    {
        "GET /features": About(_PLANE, "What this service can do; a data plane asks it before anything else.", shapes.Features),
        "POST /customTransform": About(
            _PLANE,
            "Run events through the transformation of their destination.",
            list[shapes.UserReply],
            list[shapes.Event],
            _BAD,
            "With `X-Feature-Filter-Code: ?1`, events that the code filtered have a reply of 298.",
            unavailable=_RETRIED,
        ),
        "POST /v0/validate": About(
            _PLANE,
            "Hold events against the tracking plan that their metadata names.",
            list[shapes.ValidatedReply],
            list[shapes.Event],
            _BAD,
            unavailable=_RETRIED,
        ),
        "POST /{version}/destinations/{destination}": About(
            _PLANE,
            "Map events to what a destination expects.",
            list[shapes.ProcessorReply],
            list[shapes.Event],
            (400, 404, 413),
            compact=True,
            unavailable=_RETRIED,
        ),
        "POST /routerTransform": About(
            _PLANE,
            "Map jobs of a router to what their destinations are to be sent.",
            shapes.RouterReplies,
            shapes.Jobs,
            (400, 404, 413),
            compact=True,
            unavailable=_RETRIED,
        ),
        "POST /batch": About(
            _PLANE,
            "Batch jobs of a router that were mapped already.",
            list[shapes.RouterReply],
            shapes.Jobs,
            (400, 404, 413),
            compact=True,
            unavailable=_RETRIED,
        ),
        "POST /test": _usual(_TEST, _USUAL_PYTHON),
        "POST /transformation/test": _usual(_TEST, _USUAL_JAVASCRIPT),
        "POST /testRun": _usual(_RUN, _USUAL_PYTHON),
        "POST /transformation/testRun": _usual(_RUN, _USUAL_JAVASCRIPT),
        "POST /transformation/sethandle": _tests(
            "Whether code can be run.", shapes.CodeToPrepare, shapes.Prepared, _USUAL_JAVASCRIPT
        ),
        "POST /extract-libs": _usual(_READ, _USUAL_PYTHON),
        "POST /extractLibs": _usual(_READ, _USUAL_JAVASCRIPT),
        "POST /test-library": _tests(_LIBRARY, shapes.LibraryToTest, Imports, _USUAL_PYTHON),
        "POST /transformationLibrary/test": _tests(
            _LIBRARY, shapes.LibraryToTest, Imports | bool, f"{_USUAL_JAVASCRIPT} For that, the answer is `true`."
        ),
        "GET /health": About(_OPERATORS, "Whether this process answers.", shapes.Health),
        "GET /health/live": About(_OPERATORS, "Whether this process answers: for a liveness probe.", shapes.Health),
        "GET /health/ready": About(
            _OPERATORS,
            "Whether requests should be sent here: for a readiness probe.",
            shapes.Health,
            unavailable=shapes.Health,
        ),
        "GET /version": About(_OPERATORS, "The version of this service.", _TEXT),
        "GET /openapi.json": About(_OPERATORS, "This description.", dict[str, Any]),
        "GET /docs": About(_OPERATORS, "This description, as a page.", "text/html; charset=utf-8"),
        "GET /docs/{asset}": About(_OPERATORS, "What that page loads.", "*/*", refuses=(404,)),
    }
)
"""By method and path, as `transformer.gateway.routes` has them."""

_PASSED_ON: Final = About(
    "Others", "Passed on, unchanged, to the service that `gateway_fallback_url` names; without one it is 404.", Any, Any, (404,)
)


def describe(rules: Iterable[Rule]) -> Json:
    """The description of the routes with these rules."""
    paths: dict[str, Json] = {}
    told = [(rule, ABOUT.get(rule.method, _PASSED_ON)) for rule in rules]
    wanted = [shapes.Refusal, *(shape for _, about in told for shape in _shapes(about))]
    made, components = shapes.schemas(wanted)
    schemas = {_key(shape): schema for shape, schema in zip(wanted, made, strict=True)}
    for rule, about in told:
        method, _, path = rule.method.partition(" ")
        operation = _operation(rule, about, schemas)
        paths.setdefault(_PARAMETER.sub(r"{\1}", path), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Transformer: HTTP gateway",
            "version": version("transformer"),
            "description": "What data planes and control planes ask over HTTP. Every answer has the header `apiVersion: 2`. "
            "A 503 with `X-Rudder-Should-Retry: true` asks for the same request again.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in (_PLANE, _CONTROL, _OPERATORS, _PASSED_ON.tag)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key or a JWT."},
                "basic": {"type": "http", "scheme": "basic", "description": "An API key as user or password."},
            },
        },
    }


def _shapes(about: About) -> Iterator[Any]:
    for shape in (about.reads, about.answers, about.unavailable):
        if shape is not None and not isinstance(shape, str):
            yield shape


def _key(shape: Any) -> str:
    return repr(shape)


def _operation(rule: Rule, about: About, schemas: Mapping[str, Any]) -> Json:
    operation: Json = {
        "tags": [about.tag],
        "summary": about.summary,
        "operationId": re.sub(r"[^A-Za-z0-9]+", "_", rule.method).strip("_"),
        "description": " ".join(filter(None, (about.told, _needs(rule)))),
        "responses": _responses(rule, about, schemas),
        "security": [] if rule.role is None else [{}, {"bearer": []}, {"basic": []}],
    }
    if parameters := list(_parameters(rule, about)):
        operation["parameters"] = parameters
    if about.reads is not None:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": schemas[_key(about.reads)]}}}
    return {name: part for name, part in operation.items() if part != ""}


def _needs(rule: Rule) -> str:
    return "" if rule.role is None else f"Where credentials are asked for: those of role `{rule.role.text}`."


def _parameters(rule: Rule, about: About) -> Iterator[Json]:
    for name in _PARAMETER.findall(rule.method):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if rule.where == EVENTS:
        features = ("X-Feature-Filter-Code", "X-Feature-Gzip-Support")
        for name in features:
            yield {"name": name, "in": "header", "schema": {"type": "string", "examples": ["?1"]}}
    if about.compact:
        told = "`json+compactedv1` where destinations stand beside the events, as in `Jobs`."
        yield {"name": "X-Content-Format", "in": "header", "description": told, "schema": {"type": "string"}}


def _responses(rule: Rule, about: About, schemas: Mapping[str, Any]) -> Json:
    headers = {"apiVersion": {"required": True, "schema": {"const": "2"}}}
    refusal = {"description": "Why not.", "headers": headers, "content": {_JSON: {"schema": schemas[_key(shapes.Refusal)]}}}
    kind = about.answers if isinstance(about.answers, str) else _JSON
    schema = {"type": "string"} if isinstance(about.answers, str) else schemas[_key(about.answers)]
    found: Json = {"200": {"description": "The answer.", "headers": headers, "content": {kind: {"schema": schema}}}}
    found |= {str(status): refusal for status in about.refuses}
    if rule.role is not None and rule.where != EVENTS:
        found |= {"401": refusal, "403": refusal}
    if about.unavailable is not None:
        retried = {
            "description": "Not now: nothing is wrong with the request.",
            "headers": headers | {"X-Rudder-Should-Retry": {"schema": {"const": "true"}}, "X-Rudder-Error-Reason": _REASON},
            "content": {_JSON: {"schema": schemas[_key(about.unavailable)]}},
        }
        found["503"] = retried
    return dict(sorted(found.items()))


_REASON: Final = {"schema": {"type": "string", "maxLength": 64}}
