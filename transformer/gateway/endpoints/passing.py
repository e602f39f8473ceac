"""What is not served here is passed on, unchanged, to an incumbent that serves it, where the operator names one.

The address is the operator's (`gateway_fallback_url`); a request decides about path and query behind it and nothing else. A
request that was passed on once is not passed on again, so that two that name each other do not send it round and round. Its
answer is handed back as it came: status, headers and body. Credentials for this service stay here.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from transformer.addresses import http_base
from transformer.gateway.replies.answers import Answer, refused
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.requests.jobs import Job
from transformer.settings import Settings, SettingsError

if TYPE_CHECKING:
    from transformer.gateway.endpoints.incumbent import Incumbent

__all__ = ["PASSED_ON", "PassOn", "PassesOn"]

PASSED_ON: Final = "x-transformer-passed-on"
"""A header: on every request that was passed on."""


class PassesOn:
    """Passes requests on, if there is somebody to pass them to."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is connected yet.

        Raises:
            SettingsError: the address is none.
        """
        self._incumbent: Incumbent | None = None
        base = settings.gateway_fallback_url.strip().rstrip("/")
        if base:
            _check(base)
            from transformer.gateway.endpoints.incumbent import Incumbent  # who names nobody starts without what speaks HTTP

            self._incumbent = Incumbent(base, settings)

    async def __call__(self, call: Call, otherwise: Answer, jobs: Sequence[Job] | None = None) -> Answer:
        """The answer of whoever serves it, or `otherwise` where nobody else does.

        `jobs` are the events of the request, each of a workspace that the caller must be allowed to act in; where that is not
        known, the caller must be allowed in every one.

        Raises:
            CallerError: PERMISSION_DENIED.
            PlatformError: it cannot be reached, or says more than may be held.
        """
        if self._incumbent is None:
            return otherwise
        if call.parts.guard is not None:  # else whose the events are is nothing to us
            for workspace in {workspace_of(job.facts) for job in jobs} if jobs is not None else {""}:
                call.enter(workspace)
        if call.headers.get(PASSED_ON):
            return refused(HTTPStatus.LOOP_DETECTED, "gateway_fallback_url leads back to this service")
        call.incoming.line["passed_on"] = True
        return await self._incumbent.answer(call)

    async def close(self) -> None:
        """End its connections."""
        if self._incumbent is not None:
            await self._incumbent.close()


class PassOn:
    """The endpoint of routes that are not served here at all."""

    def __init__(self, passes_on: PassesOn) -> None:
        self._passes_on = passes_on

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        told = "this is not served here; set gateway_fallback_url to pass it on to a service that does"
        return await self._passes_on(call, refused(HTTPStatus.NOT_FOUND, told))


def _check(base: str) -> None:
    try:
        url = http_base(base)
    except ValueError as wrong:
        raise SettingsError(f"gateway_fallback_url: {wrong}") from None
    if url.user or url.password:
        raise SettingsError("gateway_fallback_url: write no user in it; requests bring their own credentials")
