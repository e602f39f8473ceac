"""Every route of the gateway: its path, who may ask it (`transformer.access.roles`), and which endpoint answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from transformer.access import Rule
from transformer.access.roles import ROUTES
from transformer.gateway.code.planning import CodePlans
from transformer.gateway.code.sources import CodeSource
from transformer.gateway.endpoints.custom import CustomTransform
from transformer.gateway.endpoints.destinations import Destinations
from transformer.gateway.endpoints.documents import Asset, Description, Page
from transformer.gateway.endpoints.imports import ExtractLibraries, TestLibrary
from transformer.gateway.endpoints.information import Features, Health, Ready, Version
from transformer.gateway.endpoints.passing import PassesOn, PassOn
from transformer.gateway.endpoints.router import Router
from transformer.gateway.endpoints.trying import PrepareCode, RunCode, TestCode
from transformer.gateway.endpoints.validation import Validation
from transformer.gateway.replies.answers import Answer
from transformer.gateway.requests.calls import Call
from transformer.gateway.running.doors import Doors
from transformer.gateway.running.whole import Poison
from transformer.service.beside import Parts

__all__ = ["Endpoint", "Probes", "Route", "routes"]

_DESCRIPTION: Final = "GET /openapi.json"


class Endpoint(Protocol):
    """Answers calls of one route."""

    async def __call__(self, call: Call) -> Answer:
        """The answer.

        Raises:
            BadBodyError, CallerError: told as 4xx.
            PlatformError: told as `answers.retry`, for each of the call's `metadatas`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """A route: `name` is its method and path, as its rule is called."""

    name: str
    endpoint: Endpoint
    rule: Rule = field(init=False)
    method: str = field(init=False)
    path: str = field(init=False)

    def __post_init__(self) -> None:
        method, _, path = self.name.partition(" ")
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "rule", ROUTES[self.name])  # a route without a rule is never served


@dataclass(slots=True)
class Probes:
    """What probes are told."""

    ready: bool = True


def routes(parts: Parts, probes: Probes, source: CodeSource, passes_on: PassesOn) -> list[Route]:
    """All of them."""
    doors, poison, pass_on = Doors(parts.settings.limits), Poison(), PassOn(passes_on)
    plans = CodePlans(parts.settings, source, bound=parts.guard is not None)
    served = [
        Route("GET /features", Features()),
        Route("GET /health", Health()),
        Route("GET /health/live", Health()),
        Route("GET /health/ready", Ready(lambda: probes.ready)),
        Route("GET /version", Version()),
        Route("POST /{version}/destinations/{destination}", Destinations(doors, poison, passes_on)),
        Route("POST /routerTransform", Router(doors, poison, passes_on, wrapped=True)),
        Route("POST /batch", Router(doors, poison, passes_on, wrapped=False)),
        Route("POST /{version}/destinations/{destination}/proxy", pass_on),
        Route("POST /{version}/destinations/{destination}/proxyTest", pass_on),
        Route("POST /{version}/sources/{source}", pass_on),
        Route("POST /{version}/sources/{source}/hydrate", pass_on),
        Route("POST /deleteUsers", pass_on),
        Route("POST /v0/validate", Validation(source)),
        Route("POST /customTransform", CustomTransform(plans, poison)),
        Route("POST /test", TestCode(source, "python")),
        Route("POST /testRun", RunCode(source, "python")),
        Route("POST /transformation/test", TestCode(source, "javascript")),
        Route("POST /transformation/testRun", RunCode(source, "javascript")),
        Route("POST /transformation/sethandle", PrepareCode(source, "javascript")),
        Route("POST /test-library", TestLibrary("python", maps_javascript=True)),
        Route("POST /extract-libs", ExtractLibraries("python")),
        Route("POST /transformationLibrary/test", TestLibrary("javascript", maps_javascript=False)),
        Route("POST /extractLibs", ExtractLibraries("javascript")),
        Route("GET /docs", Page()),
        Route("GET /docs/{asset}", Asset()),
    ]
    description = Description([*(route.rule for route in served), ROUTES[_DESCRIPTION]])
    return [*served, Route(_DESCRIPTION, description)]
