"""A call as a value: which method, which request, for how long, and how to read the answer.

Each call is described once, by a function with the parameters, types and docstring that users of the clients see, and becomes
a method of both clients by `method`, mostly in `surface.py`. The clients only know how to carry descriptions out.
"""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from google.protobuf.message import Message

from transformer.client.records import Page

__all__ = ["Call", "Upload", "identified", "method", "page_of", "told"]

T = TypeVar("T", covariant=True)  # noqa: PLC0105 - short, and the only one
C = TypeVar("C")
D = TypeVar("D")
R = TypeVar("R")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call: a method of a service, its request, how to read an answer, and the seconds it may take; None: the client's."""

    service: str
    method: str
    request: Message
    read: Callable[[Any], T]
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Upload(Generic[T]):
    """A call that sends many messages for one answer. What `requests` raises, the call raises."""

    service: str
    method: str
    requests: Callable[[], Iterator[Message]]
    read: Callable[[Any], T]
    timeout: float


def told(requests: Iterator[Message], wrong: list[Exception]) -> Iterator[Message]:
    """The requests; what making them raises is noted, since gRPC says of it no more than that something was raised."""
    try:
        yield from requests
    except Exception as raised:
        wrong.append(raised)
        raise


def method(describe: Callable[P, D], carry_out: Callable[[C, D], R]) -> Callable[Concatenate[C, P], R]:
    """A method of a client: it takes what `describe` takes, and carries the description out. Asynchronous where that is."""

    @wraps(describe)
    def run(self: C, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return carry_out(self, describe(*args, **kwargs))

    if inspect.iscoroutinefunction(carry_out):
        later: Callable[[C, D], Any] = carry_out

        @wraps(describe)
        async def run(self: C, /, *args: P.args, **kwargs: P.kwargs) -> Any:  # raises what is wrong when it is awaited
            return await later(self, describe(*args, **kwargs))

    run.__signature__ = _signature(describe, carry_out)  # type: ignore[attr-defined]  # inspect and help() read it
    return run


def _signature(describe: Callable[..., object], carry_out: Callable[..., object]) -> inspect.Signature:
    described, carried_out = inspect.signature(describe), inspect.signature(carry_out)
    own, _ = carried_out.parameters.values()
    answer = re.sub(r".*?\[(.*)\]", r"\1", described.return_annotation)
    return described.replace(
        parameters=[own, *described.parameters.values()],
        return_annotation=re.sub(r"\bT\b", lambda _: answer, carried_out.return_annotation),
    )


def identified(request_id: str | None) -> str:
    """The id of a mutation, made up here, before the first attempt, so that one whose answer was lost is not done twice."""
    return str(uuid.uuid4()) if request_id is None else request_id


def page_of(items: str, read: Callable[[Any], R]) -> Callable[[Any], Page[R]]:
    """How to read a page: the field that has its items, and how to read one."""
    return lambda response: Page(tuple(map(read, getattr(response, items))), response.next_page_token)
