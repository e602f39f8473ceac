"""A service that answers as the test tells it, and both clients to ask it with."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from transformer.client import AsyncClient, Client
from transformer.errors import TransformerError
from transformer.wire.pb import registry_pb2_grpc, transform_pb2, transform_pb2_grpc
from transformer.wire.status import DETAILS_KEY, status_of

STATUSES = {status.value[0]: status for status in grpc.StatusCode}


class Scripted:
    """`answers` are given one after the other, whatever is asked; an error among them is the call's. It keeps what it was asked.

    `ends` are how streams end, once each, instead of the answer to their batch of that number; `ended` says that one did.
    """

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.ends: dict[int, TransformerError | grpc.StatusCode] = {}
        self.ended = threading.Event()
        self.requests: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.left: list[float | None] = []
        self.address = ""

    def __getattr__(self, method: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        if method.startswith("_"):
            raise AttributeError(method)
        return self.answer

    def answer(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        self.left.append(context.time_remaining())
        answer = self.answers.pop(0)
        if isinstance(answer, TransformerError | grpc.StatusCode):
            self._end(answer, context)
        return answer

    def _end(self, why: TransformerError | grpc.StatusCode, context: grpc.ServicerContext) -> None:
        if isinstance(why, grpc.StatusCode):
            context.abort(why, "in plain words")
        status = status_of(why)
        context.set_trailing_metadata(((DETAILS_KEY, status.SerializeToString()),))
        context.abort(STATUSES[status.code], status.message)

    def TransformStream(  # noqa: N802 - the name in the proto
        self, requests: Iterator[Any], context: grpc.ServicerContext
    ) -> Iterator[Any]:
        for request in requests:
            if why := self.ends.pop(len(self.requests), None):
                self.ended.set()
                self._end(why, context)
            answer = self.answers.pop(0)
            self.requests.append(request)
            if isinstance(answer, TransformerError):
                yield transform_pb2.TransformStreamResponse(error=status_of(answer).SerializeToString())
            else:
                yield transform_pb2.TransformStreamResponse(response=answer)


@pytest.fixture
def service() -> Iterator[Scripted]:
    """The scripted service, listening at `address`."""
    script = Scripted()
    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads)
        transform_pb2_grpc.add_TransformServiceServicer_to_server(script, server)  # type: ignore[arg-type]  # it answers to every name
        registry_pb2_grpc.add_RegistryServiceServicer_to_server(script, server)  # type: ignore[arg-type]  # it answers to every name
        script.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        yield script
        server.stop(None).wait()


Ask = Callable[..., Any]


def _sync(address: str) -> Ask:
    def ask(method: str, *args: Any, options: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        with Client(address, **(options or {})) as client:
            answer = getattr(client, method)(*args, **kwargs)
            return list(answer) if inspect.isgenerator(answer) else answer

    return ask


def _async(address: str) -> Ask:
    def ask(method: str, *args: Any, options: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        async def work() -> Any:
            async with AsyncClient(address, **(options or {})) as client:
                answer = getattr(client, method)(*args, **kwargs)
                return [each async for each in answer] if inspect.isasyncgen(answer) else await answer

        return asyncio.run(work())

    return ask


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest, service: Scripted) -> Ask:
    """ask(method, …, options={…}): call a method of a client, of either kind, of the scripted service."""
    make: Callable[[str], Ask] = request.param
    return make(service.address)
