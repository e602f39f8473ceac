"""When a call is tried again: where the service calls the error retryable, after the time it names, within the call's deadline.

A batch that is too large, a wrong request or a wrong etag stay wrong and are raised at once. Every call is safe to repeat: a
batch changes nothing in the service, and mutations carry a request id.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any, Final

from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random_exponential

from transformer.errors import PlatformError, TransformerError

__all__ = ["ATTEMPTS", "Tries", "may_retry", "policy"]

ATTEMPTS: Final = 6
_BACKOFF = wait_random_exponential(multiplier=0.05, max=2.0)


def may_retry(raised: BaseException) -> bool:
    """Whether the same call may succeed when it is made again."""
    return isinstance(raised, PlatformError) and raised.code.retryable


def policy(timeout_seconds: float, attempts: int) -> Mapping[str, Any]:
    """Arguments of tenacity's Retrying: at most `attempts`, never a wait that would end beyond the timeout."""
    return {
        "retry": retry_if_exception(may_retry),
        "wait": _wait,
        "stop": stop_after_attempt(attempts) | stop_before_delay(timeout_seconds),
        "reraise": True,
    }


class Tries:
    """The same rule for a stream, which may go on for days: what is counted are attempts without an answer in between."""

    def __init__(self, attempts: int, timeout_seconds: float | None) -> None:
        self._attempts = attempts
        self._end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        self._failed = 0

    def left(self) -> float | None:
        """The seconds that the next attempt may take; None: as long as it likes."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def progress(self) -> None:
        """An answer has come."""
        self._failed = 0

    def wait(self, raised: TransformerError) -> float:
        """An attempt failed. Returns the seconds to wait before the next one; raises the error if there is to be none."""
        self._failed += 1
        if not may_retry(raised) or self._failed >= self._attempts:
            raise raised
        wait = max(raised.retry_after_seconds or 0.0, random.uniform(0.0, min(2.0, 0.05 * 2.0**self._failed)))  # noqa: S311 - no secret
        if self._end is not None and time.monotonic() + wait >= self._end:
            raise raised
        return wait


def _wait(state: RetryCallState) -> float:
    raised = state.outcome.exception() if state.outcome is not None else None
    asked = raised.retry_after_seconds if isinstance(raised, PlatformError) else None
    return max(asked or 0.0, _BACKOFF(state))
