"""Replies for a data plane, put together from what a worker said and from what the data plane sent.

A worker is not trusted: what it said is read once, which also proves that it is JSON, and only what a reply may have is taken
over. What a data plane decodes strictly is checked here: an output that is an object, an error and tags that are text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from transformer.errors import Code
from transformer.gateway.requests.bodies import ABSENT, is_object, object_of, read
from transformer.gateway.requests.jobs import Job
from transformer.outcome import Failure

__all__ = [
    "BROKEN",
    "RouterReply",
    "failed",
    "failed_jobs",
    "processor_reply",
    "read_router_reply",
    "router_reply",
    "status_of",
]

_ENCODE: Final = msgspec.json.Encoder().encode
_BROKEN_STATUS: Final = 500
_REFUSED_STATUS: Final = 400
BROKEN: Final = "the mapper's reply cannot be read"
_PLATFORM: Final = frozenset({Code.MAPPER_FAULT, Code.OUTPUT_UNKNOWN, Code.CODE_BROKEN})


class _ProcessorReply(Struct, frozen=True, rename="camel"):
    status_code: int
    output: Raw = ABSENT
    metadata: Raw = ABSENT
    error: str = ""
    stat_tags: dict[str, Any] = {}


class RouterReply(Struct, frozen=True, rename="camel"):
    """What a worker says of jobs."""

    status_code: int
    batched_request: Raw = ABSENT
    batched: bool = False
    error: str = ""
    auth_error_category: str = ""
    stat_tags: dict[str, Any] = {}
    order: list[int] | None = None
    bare: bool = False


_PROCESSOR: Final = msgspec.json.Decoder(_ProcessorReply)
_ROUTER: Final = msgspec.json.Decoder(RouterReply)
_WHOSE: Final = msgspec.json.Decoder(dict[str, Any])


def processor_reply(said: bytes, job: Job, kind: str) -> bytes:
    """The reply for an event, from what the worker said of it."""
    reply = read(_PROCESSOR, said, None)
    output = b"" if reply is None else bytes(reply.output)
    if reply is None or (output and not is_object(output)) or not 100 <= reply.status_code < 600:
        return failed(_BROKEN_STATUS, BROKEN, job, kind, "processor")
    metadata = object_of(reply.metadata) or job.metadata
    if output and not reply.error:
        if metadata:
            return b'{"output":%b,"metadata":%b,"statusCode":%d}' % (output, metadata, reply.status_code)
        return b'{"output":%b,"statusCode":%d}' % (output, reply.status_code)
    parts = [b'{"statusCode":%d,"error":%b' % (reply.status_code, _ENCODE(reply.error))]
    if output:
        parts.append(b'"output":' + output)
    if metadata:
        parts.append(b'"metadata":' + metadata)
    if reply.stat_tags:
        parts.append(b'"statTags":' + _ENCODE(_texts(reply.stat_tags) | _whose(job)))
    return b",".join(parts) + b"}"


def read_router_reply(said: bytes, count: int) -> RouterReply | None:
    """What the worker said of so many jobs; None where that is no reply to them."""
    reply = read(_ROUTER, said, None)
    if reply is None:
        return None
    request = bytes(reply.batched_request)
    if not (100 <= reply.status_code < 600 and (not request or request[:1] in b"{[")):
        return None
    if reply.order is not None and sorted(reply.order) != list(range(count)):
        return None
    return reply


def router_reply(reply: RouterReply, jobs: Sequence[Job]) -> bytes:
    """The reply for jobs, in the order in which the reply tells them."""
    told = [jobs[place] for place in reply.order] if reply.order is not None else jobs
    parts = [b'{"metadata":[%b],"batched":%b,"statusCode":%d' % (_metadatas(told), _word(reply.batched), reply.status_code)]
    if request := bytes(reply.batched_request):
        parts.append(b'"batchedRequest":' + request)
    if told[0].destination and not reply.bare:
        parts.append(b'"destination":' + told[0].destination)
    if reply.error:
        parts.append(b'"error":' + _ENCODE(reply.error))
    if reply.auth_error_category:
        parts.append(b'"authErrorCategory":' + _ENCODE(reply.auth_error_category))
    if reply.stat_tags:
        parts.append(b'"statTags":' + _ENCODE(_texts(reply.stat_tags) | _whose(told[0])))
    return b",".join(parts) + b"}"


def status_of(failure: Failure) -> int:
    """400 for what sending again does not mend, 500 for a fault of ours."""
    return _BROKEN_STATUS if failure.code in _PLATFORM or failure.retryable else _REFUSED_STATUS


def failed(status: int, error: str, job: Job, kind: str, feature: str) -> bytes:
    """The processor's reply for an event that was not mapped."""
    metadata = b',"metadata":' + job.metadata if job.metadata else b""
    tags = _ENCODE(_tags(status, job, kind, feature))
    return b'{"statusCode":%d,"error":%b%b,"statTags":%b}' % (status, _ENCODE(error), metadata, tags)


def failed_jobs(status: int, error: str, jobs: Sequence[Job], kind: str) -> list[bytes]:
    """The router's replies for jobs that were not mapped: one for each."""
    replies = []
    for job in jobs:
        destination = b',"destination":' + job.destination if job.destination else b""
        tags = _ENCODE(_tags(status, job, kind, "router"))
        told = (_metadatas([job]), status, _ENCODE(error), destination, tags)
        replies.append(b'{"metadata":[%b],"batched":false,"statusCode":%d,"error":%b%b,"statTags":%b}' % told)
    return replies


def _metadatas(jobs: Sequence[Job]) -> bytes:
    return b",".join([job.metadata or b"{}" for job in jobs])


def _word(value: bool) -> bytes:
    return b"true" if value else b"false"


def _texts(tags: dict[str, Any]) -> dict[str, Any]:
    """Tags that are text: a data plane that reads others stops."""
    return {name: value for name, value in tags.items() if isinstance(value, str)}


def _tags(status: int, job: Job, kind: str, feature: str) -> dict[str, Any]:
    category = "platform" if status >= _BROKEN_STATUS else "transformation"
    tags = {"errorCategory": category, "destType": kind.upper(), "module": "destination", "implementation": "native"}
    return tags | {"feature": feature} | _whose(job)


def _whose(job: Job) -> dict[str, Any]:
    """Tags that say whose event it is: texts, or numbers where the data plane has sent these itself."""
    known = read(_WHOSE, job.metadata, {})
    found = {name: known.get(name) for name in ("destinationId", "workspaceId")}
    return {name: value for name, value in found.items() if isinstance(value, (str, int)) and not isinstance(value, bool)}
