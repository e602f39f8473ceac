"""Every error code, whose fault it is, and the exceptions that carry them.

    TransformerError
    ├── CallerError     the request or the code to publish is wrong    not retryable   log: info
    ├── CodeError       user code ran and misbehaved                   not retryable   log: info, shown to its author
    └── PlatformError   ours                                           retryable       log: error

User-code trouble is normally not raised but recorded as an outcome (`transformer.outcome`); both use the codes below. A code is
permanent: its number is never reused and never changes its meaning. `proto/transformer/v1/transform.proto` lists the same codes
for the wire, and a test keeps the two equal.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["CallerError", "Code", "CodeError", "PlatformError", "Problem", "TransformerError", "Violation"]


class Code(IntEnum):
    """A permanent code. Its text form is `T` and the number: `T301`."""

    EVENT_NOT_JSON = 101
    EVENT_NOT_OBJECT = 102
    EVENT_NOT_UTF8 = 103
    EVENT_TOO_DEEP = 104
    EVENT_TOO_LARGE = 105
    METADATA_INVALID = 106
    EXCEPTION = 201
    INVALID = 202
    RETRY = 203
    BAD_RETURN = 204
    OUTPUT_NOT_JSON = 205
    OUTPUT_UNKNOWN = 206
    FORBIDDEN = 207
    CODE_BROKEN = 208
    TIME_LIMIT = 301
    MEMORY_LIMIT = 302
    CRASHED = 303
    OUTPUT_LIMIT = 304
    BATCH_TIME = 305
    BAD_REQUEST = 401
    NOT_FOUND = 402
    BATCH_TOO_LARGE = 403
    ALREADY_EXISTS = 404
    STALE_ETAG = 405
    CODE_REFUSED = 406
    REQUEST_ID_REUSED = 407
    PRECONDITION = 408
    UNAUTHENTICATED = 409
    PERMISSION_DENIED = 410
    WORKER_LOST = 501
    NO_CAPACITY = 502
    KILLS_EXHAUSTED = 503
    DRAINING = 504
    REGISTRY_UNAVAILABLE = 505
    INTERNAL = 506
    UNREACHABLE = 507
    QUARANTINED = 508
    RATE_LIMITED = 509
    CALL_UNAVAILABLE = 510
    MAPPER_FAULT = 511
    UNMAPPABLE_EVENT = 601
    DESTINATION_SETTINGS = 602
    UNMAPPABLE_VALUE = 603

    @property
    def text(self) -> str:
        """`T301`."""
        return f"T{self.value}"

    @property
    def retryable(self) -> bool:
        """Whether sending the same again may succeed. Follows from the code alone."""
        return self in _RETRYABLE


_RETRYABLE = frozenset({Code.RETRY, Code.BATCH_TIME, *(code for code in Code if code.value // 100 == 5)})


class TransformerError(Exception):
    """The root. Every error has a code and a message that holds no event data and no secret."""

    def __init__(self, code: Code, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_seconds = retry_after_seconds


class Problem:
    """One thing that is wrong with code: where (from 1; 0 = unknown) and a sentence that says what to do."""

    __slots__ = ("column", "line", "message")

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = line
        self.column = column

    def __repr__(self) -> str:
        return f"Problem({self.message!r}, line={self.line}, column={self.column})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and (self.message, self.line, self.column) == (
            other.message,
            other.line,
            other.column,
        )

    def __hash__(self) -> int:
        return hash((self.message, self.line, self.column))


class Violation:
    """One field of a request that is wrong: its path in the request and a sentence."""

    __slots__ = ("field", "message")

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message


class CallerError(TransformerError):
    """The request is wrong. `violations` name the fields, `problems` the lines of code, `resource` what was not found."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        violations: tuple[Violation, ...] = (),
        problems: tuple[Problem, ...] = (),
        resource: str = "",
    ) -> None:
        super().__init__(code, message)
        self.violations = violations
        self.problems = problems
        self.resource = resource

    @classmethod
    def about(cls, field: str, sentence: str) -> CallerError:
        """BAD_REQUEST about one field of the request."""
        return cls(Code.BAD_REQUEST, f"{field}: {sentence}", violations=(Violation(field, sentence),))


class CodeError(TransformerError):
    """User code misbehaved outside of any event, for instance while it was being published."""


class PlatformError(TransformerError):
    """Ours: nothing is wrong with the request, and sending it again may succeed."""
