"""gRPC reflection, which tells tools what may be called. Where callers are asked who they are, so are these tools."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from transformer.access import RULES
from transformer.access.guard import Guard
from transformer.errors import TransformerError
from transformer.wire.status import DETAILS_KEY, status_of

__all__ = ["add_reflection"]

_RULE = RULES[f"{reflection.SERVICE_NAME}/ServerReflectionInfo"]
_GRPC = {status.value[0]: status for status in grpc.StatusCode}


def add_reflection(names: Sequence[str], server: Any, guard: Guard | None) -> None:
    """Tell of the services `names`, and of reflection itself."""
    servicer = _Reflection((*names, reflection.SERVICE_NAME), guard)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)


class _Reflection(reflection.aio.ReflectionServicer):  # type: ignore[misc, name-defined]  # the library has no types
    def __init__(self, names: Sequence[str], guard: Guard | None) -> None:
        super().__init__(names)
        self._guard = guard

    async def ServerReflectionInfo(  # noqa: N802 - gRPC's name
        self, request_iterator: AsyncIterable[Any], unused_context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Any]:
        """As the library has it, for callers that are admitted."""
        if self._guard is not None:
            try:
                caller = await self._guard.identify(tuple(unused_context.invocation_metadata() or ()))
                self._guard.check_role(_RULE, caller)
            except TransformerError as error:
                status = status_of(error)
                trailers = ((DETAILS_KEY, status.SerializeToString()),)
                await unused_context.abort(_GRPC[status.code], status.message, trailers)
        async for answer in super().ServerReflectionInfo(request_iterator, unused_context):
            yield answer
