"""Every route of the gateway: its path, who may ask it (`transformer.access.roles`), and which endpoint answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformer.access import Rule
from transformer.access.roles import ROUTES
from transformer.gateway.calls import Endpoint
from transformer.gateway.imports import ExtractLibraries, TestLibrary
from transformer.gateway.information import Features, Health, Ready, Version
from transformer.gateway.sources import CodeSource
from transformer.gateway.validation import Validation
from transformer.service.beside import Parts

__all__ = ["Probes", "Route", "routes"]


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


def routes(parts: Parts, probes: Probes, source: CodeSource) -> list[Route]:
    """All of them."""
    del parts
    return [
        Route("GET /features", Features()),
        Route("GET /health", Health()),
        Route("GET /health/live", Health()),
        Route("GET /health/ready", Ready(lambda: probes.ready)),
        Route("GET /version", Version()),
        Route("POST /v0/validate", Validation(source)),
        Route("POST /test-library", TestLibrary("python", maps_javascript=True)),
        Route("POST /extract-libs", ExtractLibraries("python")),
        Route("POST /transformationLibrary/test", TestLibrary("javascript", maps_javascript=False)),
        Route("POST /extractLibs", ExtractLibraries("javascript")),
    ]
