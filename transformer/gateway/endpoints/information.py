"""What data planes and probes ask before they send anything: features, health, version.

A rudder-server polls /features and serves nothing before its first answer; without one of `supportSourceTransformV1` and
`upgradedToSourceTransformV2` its second poll stops it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from transformer.destinations.step import routed_kinds
from transformer.gateway.replies.answers import Answer, told
from transformer.gateway.requests.calls import Call

__all__ = ["Features", "Health", "Ready", "Version"]

_UNREADY: Final = 503


class Features:
    """GET /features."""

    def __init__(self) -> None:
        self._answer = told(
            {
                "routerTransform": {kind.upper(): True for kind in routed_kinds()},
                "regulations": [],
                "supportSourceTransformV1": True,
                "upgradedToSourceTransformV2": True,
                "supportTransformerProxyV1": True,
                "supportDestTransformCompactedPayloadV1": True,
            }
        )

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """What this service can do."""
        return self._answer


class Health:
    """GET /health and /health/live: this process answers."""

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """That it is up."""
        return told({"service": "UP", "version": version("transformer")})


class Ready:
    """GET /health/ready: whether batches should be sent here."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        self._ready = ready

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """200, or 503 from when the server begins to go down."""
        return told({"service": "UP"}) if self._ready() else told({"service": "DRAINING"}, _UNREADY)


class Version:
    """GET /version."""

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """The version of this service, as text."""
        return Answer(200, version("transformer").encode(), kind=b"text/plain; charset=utf-8")
