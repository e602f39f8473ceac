"""Sends a prepared request through the host, again where the policy of retries says so, within one budget of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from transformer.engines.python.requests import exceptions as errors
from transformer.engines.python.requests.auth import HTTPDigestAuth, digest_answer
from transformer.engines.python.requests.cookies import received
from transformer.engines.python.requests.models import Response, make_response
from transformer.engines.python.requests.prepare import sent_headers
from transformer.engines.python.requests.retry import Retry, allows, retry_after_seconds
from transformer.wire.calls import CallError

__all__ = ["Door", "Options", "deliver"]

_NO_RETRIES: Final = Retry(0, read=False)
_REDIRECTS: Final = 30
_ALIKE: Final = frozenset({"GET", "HEAD"})  # without a body, every rule of redirects leaves these as they are


@dataclass(frozen=True, slots=True)
class Door:
    """The way to the host, for one program. Never in reach of user code: it lives in closures only."""

    ask: Callable[[str, dict[str, Any]], Any]
    """ask(kind, arguments) → value. Raises CallError."""

    call_seconds: Callable[[], float]
    """How long a call may take in all."""

    count: Callable[[str], None]
    """Takes what a program does with sessions: see `wire.turns.COUNTED`."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to send."""

    timeout: Any = None
    """To connect and between two pieces of the answer, or a pair of these: what requests means by it."""

    follow: bool = True
    max_redirects: int = _REDIRECTS
    verify: bool = True
    cache: dict[str, Any] | None = None
    retry: Any = None
    seconds: float | None = None
    """For all of it."""

    rules: str = "fetch"
    """By whose rules a redirect changes the method: fetch or requests."""


def deliver(door: Door, prepared: Any, options: Options) -> Response:
    """The response to a request.

    Raises:
        RequestException: there is none, or the policy of retries has run out.
    """
    delivery = _Delivery(door, prepared, options)
    response = delivery.run()
    if response.status_code == 401 and isinstance(prepared.digest, HTTPDigestAuth):
        challenge = response.headers.get("www-authenticate") or ""
        answer = digest_answer(prepared.digest, challenge, prepared.method, prepared.path_url)
        if answer is not None:
            prepared.headers["Authorization"] = answer
            first, response = response, delivery.run()
            response.history.insert(0, first)
    return response


class _Delivery:
    """The attempts of one call."""

    def __init__(self, door: Door, prepared: Any, options: Options) -> None:
        self._door = door
        self._prepared = prepared
        self._options = options
        self._retry = options.retry if isinstance(options.retry, Retry) else _NO_RETRIES
        self._left = {name: getattr(self._retry, name) for name in ("total", "connect", "read", "status", "other")}
        self._connect, self._read = _seconds(options.timeout)
        self._whole, _ = _seconds(options.seconds)
        self._budget = door.call_seconds()
        self._end = monotonic() + self._budget

    def run(self) -> Response:
        failures, delay = 0, 0.0
        while True:
            try:
                response = self._attempt(delay)
            except CallError as wrong:
                what = _problem(wrong, self._prepared)
                if not self._spend(_counted_as(wrong)):
                    raise what from None
                failures += 1
                delay = self._retry.get_backoff_time(failures)
                continue
            asked = response.headers.get("retry-after")
            if not self._retry.is_retry(self._prepared.method, response.status_code, bool(asked)):
                return response
            if not self._spend("status"):
                return self._exhausted(response)
            failures += 1
            delay = self._retry.get_backoff_time(failures)
            if self._retry.respect_retry_after_header and (wait := retry_after_seconds(asked)):
                delay = wait

    def _attempt(self, delay: float) -> Response:
        left = self._end - monotonic()
        if delay >= left:
            raise CallError(
                "timeout", f"it took longer than the {self._budget:g} s of a call, retries and their waits included"
            )
        prepared, options = self._prepared, self._options
        arguments: dict[str, Any] = {"method": prepared.method, "url": prepared.url, "headers": sent_headers(prepared)}
        if prepared.body:
            arguments["body"] = _bytes(prepared.body)
        arguments["timeout"] = left if self._whole is None else min(left, self._whole + delay)
        if self._connect is not None:
            arguments["connect_timeout"] = self._connect
        if self._read is not None:
            arguments["read_timeout"] = self._read
        arguments |= _redirects(prepared, options)
        if not options.verify:
            arguments["verify"] = False
        if delay:
            arguments["delay"] = delay
        if options.cache is not None:
            arguments["cache"] = options.cache
        return _response(self._door.ask("fetch", arguments), prepared)

    def _spend(self, count: str | None) -> bool:
        """Use up one retry of this kind. False: there is none left."""
        left = self._left
        if count is None or left["total"] is False or left[count] is False:
            return False
        if count == "read" and not allows(self._retry, str(self._prepared.method)):
            return False
        for name in ("total", count):
            if left[name] is not None:
                left[name] -= 1
        return all(value is None or value is False or value >= 0 for value in left.values())

    def _exhausted(self, response: Response) -> Response:
        if self._retry.raise_on_status:
            told = f"Max retries exceeded: too many {response.status_code} error responses"
            raise errors.RetryError(told, request=self._prepared, response=response)
        return response


def _redirects(prepared: Any, options: Options) -> dict[str, Any]:
    """What a call says of redirects, where it is not what everybody means."""
    if not options.follow:
        return {"redirect": "manual"}
    said: dict[str, Any] = {}
    if options.max_redirects != _REDIRECTS:
        said["max_redirects"] = options.max_redirects
    if options.rules != "fetch" and (prepared.body or prepared.method not in _ALIKE):
        said["redirect_rules"] = options.rules
    return said


def _response(value: Any, prepared: Any) -> Response:
    response = make_response(value, prepared)
    for step in value.get("history") or ():
        before = make_response(step, prepared)
        response.history.append(before)
        for cookie in received(step.get("headers") or (), before.url):
            response.cookies.set_cookie(cookie)
    for cookie in received(value.get("headers") or (), response.url):
        response.cookies.set_cookie(cookie)
    return response


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)


def _seconds(timeout: Any) -> tuple[float | None, float | None]:
    """Seconds to connect, and between two pieces of the answer. Raises ValueError for what is no time."""
    connect, read = timeout if isinstance(timeout, (tuple, list)) and len(timeout) == 2 else (timeout, timeout)
    for each in (connect, read):
        if each is not None and (isinstance(each, bool) or not isinstance(each, (int, float)) or not each > 0):
            raise ValueError("timeout must be a number of seconds above 0, or a pair of them: (connect, read)")
    return connect, read


def _counted_as(wrong: CallError) -> str | None:
    """Which retries a failure uses up; None: it is not tried again."""
    if wrong.kind == "timeout":
        return "connect" if wrong.details.get("phase") == "connect" else "read"
    if wrong.kind == "connection" and wrong.details.get("why") != "tls":
        return "read" if wrong.details.get("why") == "closed" else "connect"
    return None


def _problem(wrong: CallError, request: Any) -> Exception:
    """What a failure is called here."""
    made: type[errors.RequestException] = errors.RequestException
    why = wrong.details.get("why")
    if wrong.kind == "timeout":
        made = errors.ConnectTimeout if wrong.details.get("phase") == "connect" else errors.ReadTimeout
    elif wrong.kind == "connection":
        made = errors.SSLError if why == "tls" else errors.ConnectionError
    elif wrong.kind == "refused":
        made = errors.ConnectionError
    elif wrong.kind == "invalid":
        made = errors.InvalidHeader if why == "header" else errors.InvalidURL
    elif wrong.kind == "status" and why == "redirects":
        made = errors.TooManyRedirects
    elif wrong.kind == "too_large":
        made = errors.ContentDecodingError
    return made(wrong.message, request=request)
