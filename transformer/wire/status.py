"""Our errors as google.rpc.Status with details, and back: the one place that knows both sides.

Rich details let a caller act without reading prose: ErrorInfo names the permanent code, RetryInfo says when to come back,
BadRequest names the fields or the lines of code, ResourceInfo names what was not found. Both directions live here so that they
cannot drift.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from google.protobuf import duration_pb2
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2

from transformer.errors import CallerError, Code, CodeError, PlatformError, Problem, TransformerError, Violation

__all__ = ["DETAILS_KEY", "DOMAIN", "GRPC_CODES", "error_from_grpc", "error_from_status", "status_of", "told_of"]

DOMAIN: Final = "transformer"
DETAILS_KEY: Final = "grpc-status-details-bin"

_USER_CODE = code_pb2.FAILED_PRECONDITION
GRPC_CODES: Final[Mapping[Code, int]] = MappingProxyType(
    {
        Code.EVENT_NOT_JSON: code_pb2.INVALID_ARGUMENT,
        Code.EVENT_NOT_OBJECT: code_pb2.INVALID_ARGUMENT,
        Code.EVENT_NOT_UTF8: code_pb2.INVALID_ARGUMENT,
        Code.EVENT_TOO_DEEP: code_pb2.INVALID_ARGUMENT,
        Code.EVENT_TOO_LARGE: code_pb2.INVALID_ARGUMENT,
        Code.METADATA_INVALID: code_pb2.INVALID_ARGUMENT,
        Code.EXCEPTION: _USER_CODE,
        Code.INVALID: _USER_CODE,
        Code.RETRY: code_pb2.UNAVAILABLE,
        Code.BAD_RETURN: _USER_CODE,
        Code.OUTPUT_NOT_JSON: _USER_CODE,
        Code.OUTPUT_UNKNOWN: _USER_CODE,
        Code.FORBIDDEN: _USER_CODE,
        Code.CODE_BROKEN: _USER_CODE,
        Code.TIME_LIMIT: _USER_CODE,
        Code.MEMORY_LIMIT: _USER_CODE,
        Code.CRASHED: _USER_CODE,
        Code.OUTPUT_LIMIT: _USER_CODE,
        Code.BATCH_TIME: code_pb2.UNAVAILABLE,
        Code.BAD_REQUEST: code_pb2.INVALID_ARGUMENT,
        Code.NOT_FOUND: code_pb2.NOT_FOUND,
        Code.BATCH_TOO_LARGE: code_pb2.RESOURCE_EXHAUSTED,
        Code.ALREADY_EXISTS: code_pb2.ALREADY_EXISTS,
        Code.STALE_ETAG: code_pb2.ABORTED,
        Code.CODE_REFUSED: code_pb2.FAILED_PRECONDITION,
        Code.REQUEST_ID_REUSED: code_pb2.FAILED_PRECONDITION,
        Code.PRECONDITION: code_pb2.FAILED_PRECONDITION,
        Code.UNAUTHENTICATED: code_pb2.UNAUTHENTICATED,
        Code.PERMISSION_DENIED: code_pb2.PERMISSION_DENIED,
        Code.WORKER_LOST: code_pb2.UNAVAILABLE,
        Code.NO_CAPACITY: code_pb2.RESOURCE_EXHAUSTED,
        Code.KILLS_EXHAUSTED: code_pb2.UNAVAILABLE,
        Code.DRAINING: code_pb2.UNAVAILABLE,
        Code.REGISTRY_UNAVAILABLE: code_pb2.UNAVAILABLE,
        Code.INTERNAL: code_pb2.INTERNAL,
        Code.UNREACHABLE: code_pb2.UNAVAILABLE,
        Code.QUARANTINED: code_pb2.UNAVAILABLE,
        Code.RATE_LIMITED: code_pb2.RESOURCE_EXHAUSTED,
        Code.CALL_UNAVAILABLE: code_pb2.UNAVAILABLE,
        Code.MAPPER_FAULT: code_pb2.UNAVAILABLE,
        Code.UNMAPPABLE_EVENT: code_pb2.INVALID_ARGUMENT,
        Code.DESTINATION_SETTINGS: code_pb2.FAILED_PRECONDITION,
        Code.UNMAPPABLE_VALUE: code_pb2.INVALID_ARGUMENT,
    }
)

# Details travel in the trailing metadata, which gRPC peers cap at 8 KB; base64 may add a third.
_DETAIL_BYTES: Final = 4000
_TEXT_CHARACTERS: Final = 600
_USUAL_RETRY_SECONDS: Final = 0.25
_STEPS: Final = 20
_KEPT: Final = 4096
_PLACED = re.compile(r"(\d+):(\d+): (.*)", re.DOTALL)


def status_of(error: TransformerError) -> status_pb2.Status:
    """The status of an error. Violations and problems beyond what fits a trailer are left out and counted in a last one."""
    status = status_pb2.Status(code=GRPC_CODES[error.code], message=_cut(error.message))
    facts = {"code": str(error.code.value), "retryable": "true" if error.code.retryable else "false"}
    _pack(status, error_details_pb2.ErrorInfo(reason=error.code.name, domain=DOMAIN, metadata=facts))
    wait = error.retry_after_seconds
    if wait is None and error.code is Code.NO_CAPACITY:
        wait = _USUAL_RETRY_SECONDS
    if wait is not None:
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(round(wait * 1e9))
        _pack(status, error_details_pb2.RetryInfo(retry_delay=delay))
    if isinstance(error, CallerError):
        if error.resource:
            kind = error.resource.rsplit("/", 2)[-2].rstrip("s") if "/" in error.resource else ""
            _pack(status, error_details_pb2.ResourceInfo(resource_type=kind, resource_name=error.resource))
        fields = [(wrong.field, wrong.message) for wrong in error.violations]
        fields += [("source", f"{problem.line}:{problem.column}: {problem.message}") for problem in error.problems]
        if fields:
            _pack(status, _bounded(fields))
    return status


def told_of(error: TransformerError) -> tuple[int, str, bytes]:
    """What a call that failed by this error ends with: number, message, and the bytes of the rich status.

    Refusals for lack of capacity come by the thousand, when there is no time to build each; they are kept, with their delay
    rounded up to a twentieth of a second.
    """
    if error.code is Code.NO_CAPACITY:
        wait = _USUAL_RETRY_SECONDS if error.retry_after_seconds is None else error.retry_after_seconds
        return _full(error.message, math.ceil(round(wait * _STEPS, 6)))
    return _told(error)


@lru_cache(_KEPT)
def _full(message: str, steps: int) -> tuple[int, str, bytes]:
    return _told(PlatformError(Code.NO_CAPACITY, message, retry_after_seconds=steps / _STEPS))


_TOO_LONG: Final = re.compile(r"larger than max \((\d{1,20}) vs\. (\d{1,20})\)")
"""gRPC's own words, on either side, where a message is not read for its length."""

_TOO_LONG_TOLD: Final = (
    "the request has {} bytes; the server reads at most {}, which follows from its settings batch_bytes and binary_bytes: send"
    " less at a time"
)


def _told(error: TransformerError) -> tuple[int, str, bytes]:
    status = status_of(error)
    return status.code, status.message, status.SerializeToString()


def error_from_status(status: status_pb2.Status) -> TransformerError:
    """The error that `status_of` was given, as far as it fits; of a status that is not ours, the nearest error."""
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    resource, fields = error_details_pb2.ResourceInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        for known in (info, retry, resource, fields):
            detail.Unpack(known)
    code = _code(info, status.code)
    wait = retry.retry_delay.ToNanoseconds() / 1e9 if retry.HasField("retry_delay") else None
    message = status.message or f"the service answered with status {status.code} and no message"
    if code.value // 100 == 5:
        return PlatformError(code, message, retry_after_seconds=wait)
    if code.value < 400 or code.value >= 600:
        return CodeError(code, message, retry_after_seconds=wait)
    refused = code is Code.CODE_REFUSED
    found = [(wrong.field, wrong.description) for wrong in fields.field_violations]
    return CallerError(
        code,
        message,
        violations=() if refused else tuple(Violation(field, text) for field, text in found),
        problems=tuple(_problem(text) for _, text in found) if refused else (),
        resource=resource.resource_name,
    )


def error_from_grpc(number: int, details: str, rich: bytes | None) -> TransformerError:
    """The error behind a failed call, by its gRPC status number, its details and its trailer DETAILS_KEY, if it has one."""
    if rich:
        with contextlib.suppress(DecodeError):  # a proxy's, perhaps: then the number and the details are what there is
            return error_from_status(status_pb2.Status.FromString(rich))
    if number == code_pb2.DEADLINE_EXCEEDED:
        return PlatformError(Code.UNREACHABLE, "the service did not answer before the deadline")
    if number == code_pb2.RESOURCE_EXHAUSTED and (over := _TOO_LONG.search(details)):
        return CallerError(Code.BATCH_TOO_LARGE, _TOO_LONG_TOLD.format(over[1], over[2]))
    return error_from_status(status_pb2.Status(code=number, message=details))


def _code(info: error_details_pb2.ErrorInfo, grpc_code: int) -> Code:
    if info.domain == DOMAIN:
        known = {code.name: code for code in Code}
        if info.reason in known:
            return known[info.reason]
        # A newer service: the code is unknown here, whether to retry is not.
        return Code.INTERNAL if info.metadata.get("retryable") == "true" else Code.BAD_REQUEST
    return {
        code_pb2.INVALID_ARGUMENT: Code.BAD_REQUEST,
        code_pb2.NOT_FOUND: Code.NOT_FOUND,
        code_pb2.ALREADY_EXISTS: Code.ALREADY_EXISTS,
        code_pb2.RESOURCE_EXHAUSTED: Code.BATCH_TOO_LARGE,
        code_pb2.FAILED_PRECONDITION: Code.PRECONDITION,
        code_pb2.UNAUTHENTICATED: Code.UNAUTHENTICATED,
        code_pb2.PERMISSION_DENIED: Code.PERMISSION_DENIED,
        code_pb2.UNIMPLEMENTED: Code.BAD_REQUEST,
        code_pb2.UNAVAILABLE: Code.UNREACHABLE,
        code_pb2.DEADLINE_EXCEEDED: Code.UNREACHABLE,
        code_pb2.CANCELLED: Code.UNREACHABLE,
    }.get(grpc_code, Code.INTERNAL)


def _problem(text: str) -> Problem:
    placed = _PLACED.fullmatch(text)
    return Problem(placed[3], int(placed[1]), int(placed[2])) if placed else Problem(text)


def _bounded(fields: list[tuple[str, str]]) -> error_details_pb2.BadRequest:
    told = error_details_pb2.BadRequest()
    for done, (field, message) in enumerate(fields):
        told.field_violations.add(field=_cut(field), description=_cut(message))
        if told.ByteSize() > _DETAIL_BYTES:
            del told.field_violations[done:]
            told.field_violations.add(field=field[:100], description=f"and {len(fields) - done} more")
            break
    return told


def _pack(status: status_pb2.Status, detail: object) -> None:
    status.details.add().Pack(detail)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_CHARACTERS else text[: _TEXT_CHARACTERS - 1] + "…"
