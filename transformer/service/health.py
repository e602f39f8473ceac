"""Standard gRPC health and reflection: who may send traffic here, and what may be called.

"" and every service are SERVING until the server drains, then NOT_SERVING; RegistryService also while its database cannot be
asked, which does not keep batches from being served. "profile:strict" or "profile:development" is the
name under which the server says how its workers are confined: a probe for the one that must not run is answered with NOT_FOUND.
"""

from __future__ import annotations

from typing import Any

from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from transformer.access.guard import Guard
from transformer.service.reflection import add_reflection
from transformer.wire.pb import access_pb2, registry_pb2, tap_pb2, transform_pb2

__all__ = ["Health", "profile_service"]

_REGISTRY = registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].full_name
_SERVICES = (
    transform_pb2.DESCRIPTOR.services_by_name["TransformService"].full_name,
    _REGISTRY,
    access_pb2.DESCRIPTOR.services_by_name["AccessService"].full_name,
    tap_pb2.DESCRIPTOR.services_by_name["TapService"].full_name,
)


def profile_service(profile: str) -> str:
    """The name of the health service that stands for a profile."""
    return f"profile:{profile}"


class Health:
    """The health of one server, and its reflection."""

    def __init__(self, server: Any, profile: str, guard: Guard | None = None) -> None:
        self._servicer = health.aio.HealthServicer()  # type: ignore[attr-defined]  # set on import
        self._without_registry = False
        self._names = ("", *_SERVICES, profile_service(profile))
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)
        add_reflection((*_SERVICES, health.SERVICE_NAME), server, guard)

    async def serving(self) -> None:
        """Say SERVING, for everything that has not said otherwise."""
        for name in self._names:
            if not (name == _REGISTRY and self._without_registry):
                await self._servicer.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def registry(self, *, serving: bool) -> None:
        """Say whether RegistryService has its database. Of no effect while the server drains."""
        answer = health_pb2.HealthCheckResponse
        await self._servicer.set(_REGISTRY, answer.SERVING if serving else answer.NOT_SERVING)
        self._without_registry = not serving

    async def draining(self) -> None:
        """Say NOT_SERVING, for good."""
        await self._servicer.enter_graceful_shutdown()
