"""The little of `urllib3` that existing code names: `Retry`, its exceptions to catch, and switching off its warnings."""

from __future__ import annotations

from typing import Any, Final

from transformer.engines.python.requests.retry import Retry

__all__ = ["ERRORS", "RETRY", "disable_warnings"]


class HTTPError(Exception):
    """Never raised: what goes wrong is told by the exceptions of requests. The others the same."""


class MaxRetryError(HTTPError):
    """As above."""


class TimeoutError(HTTPError):  # noqa: A001 - the name that existing code knows
    """As above."""


class ConnectTimeoutError(TimeoutError):
    """As above."""


class ReadTimeoutError(TimeoutError):
    """As above."""


class NewConnectionError(ConnectTimeoutError):
    """As above."""


class ProtocolError(HTTPError):
    """As above."""


class SSLError(HTTPError):
    """As above."""


class ResponseError(HTTPError):
    """As above."""


class HTTPWarning(Warning):
    """Never issued. The others the same."""


class SecurityWarning(HTTPWarning):
    """As above."""


class InsecureRequestWarning(SecurityWarning):
    """As above."""


def disable_warnings(_category: Any = HTTPWarning) -> None:
    """Nothing: there are none."""


ERRORS: Final[dict[str, Any]] = {
    name: thing
    for name, thing in globals().copy().items()
    if isinstance(thing, type) and issubclass(thing, (HTTPError, HTTPWarning))
}
RETRY: Final[dict[str, Any]] = {"Retry": Retry}
