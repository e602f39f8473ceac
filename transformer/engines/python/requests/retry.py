"""`Retry`: how often to try again, and how long to wait before. The policy is followed in sending.py."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from random import random
from typing import Any, Final

from transformer.engines.python.guards import open_to_programs

__all__ = ["Retry", "allows", "retry_after_seconds"]

_IDEMPOTENT: Final = frozenset({"HEAD", "GET", "PUT", "DELETE", "OPTIONS", "TRACE"})
_NOT_GIVEN: Final = object()
_OPTIONS: Final = (
    *("total", "connect", "read", "redirect", "status", "other", "allowed_methods", "status_forcelist", "backoff_factor"),
    *("backoff_max", "raise_on_redirect", "raise_on_status", "history", "respect_retry_after_header"),
    *("remove_headers_on_redirect", "backoff_jitter"),
)


@open_to_programs
class Retry:
    """What urllib3's class of this name says, with its names and defaults."""

    DEFAULT_ALLOWED_METHODS = _IDEMPOTENT
    DEFAULT_METHOD_WHITELIST = _IDEMPOTENT
    RETRY_AFTER_STATUS_CODES = frozenset({413, 429, 503})
    DEFAULT_REMOVE_HEADERS_ON_REDIRECT = frozenset({"Authorization", "Cookie", "Proxy-Authorization"})
    DEFAULT_BACKOFF_MAX = 120

    def __init__(
        self,
        total: int | bool | None = 10,
        connect: int | None = None,
        read: int | bool | None = None,
        redirect: int | bool | None = None,
        status: int | None = None,
        other: int | None = None,
        allowed_methods: Any = _NOT_GIVEN,
        status_forcelist: Collection[int] | None = None,
        backoff_factor: float = 0,
        backoff_max: float = DEFAULT_BACKOFF_MAX,
        raise_on_redirect: bool = True,
        raise_on_status: bool = True,
        history: tuple[Any, ...] | None = None,
        respect_retry_after_header: bool = True,
        remove_headers_on_redirect: Collection[str] = DEFAULT_REMOVE_HEADERS_ON_REDIRECT,
        backoff_jitter: float = 0.0,
        method_whitelist: Any = _NOT_GIVEN,
    ) -> None:
        self.total = total
        self.connect = connect
        self.read = read
        self.redirect = 0 if redirect is False or total is False else redirect
        self.raise_on_redirect = raise_on_redirect if redirect is not False and total is not False else False
        self.status = status
        self.other = other
        methods = method_whitelist if allowed_methods is _NOT_GIVEN else allowed_methods
        self.allowed_methods: Any = _IDEMPOTENT if methods is _NOT_GIVEN else methods
        self.status_forcelist: Any = status_forcelist or set()
        self.backoff_factor = backoff_factor
        self.backoff_max = backoff_max
        self.raise_on_status = raise_on_status
        self.history = history or ()
        self.respect_retry_after_header = respect_retry_after_header
        self.remove_headers_on_redirect = frozenset(map(str.lower, remove_headers_on_redirect))
        self.backoff_jitter = backoff_jitter

    @property
    def method_whitelist(self) -> Any:
        """The old name of `allowed_methods`."""
        return self.allowed_methods

    def new(self, **changes: Any) -> Any:
        """Another one, with some of the arguments changed."""
        return type(self)(**{**{name: getattr(self, name) for name in _OPTIONS}, **changes})

    @classmethod
    def from_int(cls, retries: Any, redirect: Any = True, default: Any = None) -> Any:
        """A policy of that many retries; a policy is returned as it is."""
        given = default if retries is None else retries
        if isinstance(given, Retry):
            return given
        return cls(10 if given is None else given, redirect=bool(redirect) and None)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether a response with this status is one to try again for."""
        if not allows(self, method):
            return False
        if self.status_forcelist and status_code in self.status_forcelist:
            return True
        asked = has_retry_after and status_code in self.RETRY_AFTER_STATUS_CODES
        return bool(self.total and self.respect_retry_after_header and asked)

    def is_exhausted(self) -> bool:
        """Whether there were more failures than it allows."""
        left = (self.total, self.connect, self.read, self.redirect, self.status, self.other)
        return any(count is not None and count is not False and count < 0 for count in left)

    def get_backoff_time(self, failures: int | None = None) -> float:
        """How many seconds to wait after that many failures; by default, those in its history."""
        failures = len(self.history) if failures is None else failures
        if failures <= 1:
            return 0
        spread = random() * self.backoff_jitter if self.backoff_jitter else 0  # noqa: S311 - it spreads load, and guards nothing
        seconds = self.backoff_factor * 2.0 ** min(failures - 1, 64) + spread
        return float(max(0, min(self.backoff_max, seconds)))

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)}" for name in ("total", "connect", "read", "redirect", "status"))
        return f"Retry({told})"


def allows(retry: Retry, method: str) -> bool:
    """Whether requests of this method may be sent again after the other side may have seen them."""
    methods = retry.allowed_methods
    return not methods or method.upper() in {str(each).upper() for each in methods}


def retry_after_seconds(value: str | None) -> float | None:
    """How long a Retry-After header asks to wait; None if it does not say."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 86_400))
    try:
        when = datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
