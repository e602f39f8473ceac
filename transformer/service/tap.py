"""TapService: who watches, and which of the batches that finish they get to see.

`finished` is on the way of every batch: while nobody watches it is one look at an empty dict. While somebody does, it goes
through the statuses of the batches of that workspace, and hands on what is to be looked into elsewhere (`transformer.tap`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from transformer.access import rule_of
from transformer.access.guard import Guard
from transformer.broker.redaction import Redactor
from transformer.errors import CallerError, Code, PlatformError
from transformer.outcome import Status
from transformer.registry.cache import Catalogue
from transformer.registry.names import Reference, alias_name, parse_reference, parse_workspace, transformation_name
from transformer.registry.records import LIVE
from transformer.service.batches import Finished
from transformer.service.interceptors import Incoming
from transformer.service.passing import offer
from transformer.settings import Settings, SettingsError
from transformer.tap.inspection import Order
from transformer.tap.projection import parse_fields
from transformer.tap.rules import RulesError, parse_rules, split_rules
from transformer.tap.sample import STEPS
from transformer.tap.watch import Counts, Shown, Wanted, Watch
from transformer.wire.pb import tap_pb2 as pb
from transformer.wire.pb import transform_pb2
from transformer.wire.response import write_failure

__all__ = ["TapMethods"]

_FILTER_BYTES: Final = 4096
_FIELDS: Final = 100
_FIELD_CHARACTERS: Final = 500
_FOLLOW_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 0.3
_RULE: Final = rule_of("Watch")
_FINAL: Final = frozenset({int(Status.EMITTED), int(Status.DROPPED), int(Status.FAILED)})


@dataclass(slots=True, eq=False)
class _Watching:
    """A watch and what it watches. `versions` are names, None for all that begin with `prefix`."""

    watch: Watch
    prefix: str
    versions: frozenset[str] | None
    task: asyncio.Task[Any] | None


class TapMethods:
    """TapService, and the observer that feeds it. Raises SettingsError if `tap_redact` cannot be understood."""

    def __init__(
        self, catalogue: Catalogue, settings: Settings, guard: Guard | None = None, redactor: Redactor | None = None
    ) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._guard = guard
        self._redactor = redactor or Redactor()
        self._rules = split_rules(settings.tap_redact)
        try:
            parse_rules(self._rules)
        except RulesError as wrong:
            raise SettingsError(f"tap_redact: {wrong}") from None
        self._watching: dict[str, set[_Watching]] = {}
        self._places: dict[str, int] = {}
        self._draining = False
        self._dropped = 0
        self.logging: Counter[str] = Counter()
        """Workspaces where somebody wants to see what the code logs: workers keep it for them."""

    def stats(self) -> dict[str, int]:
        """How many watch, and how many events watchers were too slow for, for metrics."""
        watching = [one.watch.counts.dropped for ones in self._watching.values() for one in ones]
        return {"watchers": sum(self._places.values()), "dropped": self._dropped + sum(watching)}

    def finished(self, batch: Finished) -> None:
        """See `BatchObserver`."""
        if not self._watching:
            return
        for one in self._watching.get(batch.work.workspace, ()):
            try:
                offer(one.watch, one.prefix, one.versions, batch, self._redactor)
            except Exception:  # noqa: BLE001 - whatever is wrong with a watch, the batch has its answer
                one.watch.end(PlatformError(Code.INTERNAL, "a fault of the tap; the batch is not concerned"))

    def drain(self) -> None:
        """End all watches with DRAINING, also those of watchers that do not read."""
        self._draining = True
        loop = asyncio.get_running_loop()
        for one in [one for watching in self._watching.values() for one in watching]:
            one.watch.end(_draining())
            loop.call_later(_LEAVE_SECONDS, self._cut, one)

    def _cut(self, one: _Watching) -> None:
        """End the call of a watcher who has not taken what was sent before."""
        if one.task is not None and one in self._watching.get(one.watch.wanted.workspace, ()):
            one.task.cancel()

    async def watch(self, request: pb.WatchRequest, incoming: Incoming) -> AsyncIterator[pb.WatchResponse]:
        """Watch."""
        wanted, reference = self._wanted(request)
        incoming.line |= {"workspace": wanted.workspace, "transformation": wanted.transformation}
        with self._place(wanted.workspace):
            versions = await self._versions(wanted.workspace, reference)
            watch = Watch(wanted)
            following: asyncio.Task[None] | None = None
            try:
                await watch.start()
                prefix = f"{transformation_name(wanted.workspace, wanted.transformation)}/versions/"
                with self._registered(_Watching(watch, prefix, versions, asyncio.current_task())) as one:
                    following = asyncio.create_task(self._follow(one, reference, incoming))
                    async for message in watch.messages():
                        yield _response(message)
            finally:
                if following is not None:
                    following.cancel()
                await watch.close()

    def _wanted(self, request: pb.WatchRequest) -> tuple[Wanted, Reference]:
        workspace = parse_workspace("/".join(request.name.split("/")[:2]))
        reference = parse_reference(workspace, request.name, "name")
        if len(request.filter.encode()) > _FILTER_BYTES:
            raise CallerError.about("filter", f"it may have {_FILTER_BYTES} bytes")
        if len(request.fields) > _FIELDS or any(len(path) > _FIELD_CHARACTERS for path in request.fields):
            raise CallerError.about("fields", f"there may be {_FIELDS}, of {_FIELD_CHARACTERS} characters each")
        try:
            parse_fields(request.fields)
        except ValueError as wrong:
            raise CallerError.about("fields", str(wrong)) from None
        rate = request.sample_rate if request.HasField("sample_rate") else 1.0
        if not 1 / STEPS <= rate <= 1:
            raise CallerError.about("sample_rate", f"a share is from {1 / STEPS:g} to 1")
        if unknown := set(request.outcomes) - _FINAL:
            raise CallerError.about("outcomes", f"{min(unknown)} is no outcome")
        order = Order(self._rules, request.filter.strip(), tuple(request.fields), self._settings.profile)
        wanted = Wanted(
            workspace,
            reference.transformation,
            order,
            rate,
            request.sticky,
            frozenset(request.outcomes) or _FINAL,
            request.max_per_second,
            request.max_events,
            request.include_logs,
        )
        return wanted, reference

    @contextmanager
    def _place(self, workspace: str) -> Iterator[None]:
        """A place among those who may watch. Raises PlatformError: NO_CAPACITY, DRAINING; CallerError: PRECONDITION."""
        settings, places = self._settings, self._places
        if self._draining:
            raise _draining()
        if not settings.tap_watchers:
            raise CallerError(Code.PRECONDITION, "nobody may watch on this server (tap_watchers is 0)")
        for taken, most, name in (
            (sum(places.values()), settings.tap_watchers, "tap_watchers"),
            (places.get(workspace, 0), settings.tap_workspace_watchers, "tap_workspace_watchers"),
        ):
            if taken >= most:
                raise PlatformError(Code.NO_CAPACITY, f"{taken} watch already; more may not ({name})", retry_after_seconds=1.0)
        places[workspace] = places.get(workspace, 0) + 1
        try:
            yield
        finally:
            places[workspace] -= 1
            if not places[workspace]:
                del places[workspace]

    @contextmanager
    def _registered(self, one: _Watching) -> Iterator[_Watching]:
        if self._draining:  # while the filter was compiled
            raise _draining()
        workspace = one.watch.wanted.workspace
        self._watching.setdefault(workspace, set()).add(one)
        if one.watch.wanted.logs:
            self.logging[workspace] += 1
        try:
            yield one
        finally:
            if one.watch.wanted.logs:
                self.logging[workspace] -= 1
                self.logging += Counter()  # without those who are at nothing
            self._dropped += one.watch.counts.dropped
            self._watching[workspace].discard(one)
            if not self._watching[workspace]:
                del self._watching[workspace]

    async def _versions(self, workspace: str, reference: Reference) -> frozenset[str] | None:
        """The names of the versions that it means now; None for all. Raises CallerError NOT_FOUND, PlatformError."""
        try:
            resolved = await self._catalogue.resolve(workspace, reference)
        except CallerError as error:
            # A transformation without `live` can be sent to by number.
            if error.resource == alias_name(workspace, reference.transformation, LIVE) and reference.alias != LIVE:
                return None
            raise
        return frozenset({resolved.version.name}) if reference.alias or reference.version else None

    async def _follow(self, one: _Watching, reference: Reference, incoming: Incoming) -> None:
        """Follow an alias that moves; end the watch of what is no longer there, and of who may no longer watch."""
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            with contextlib.suppress(PlatformError):  # while the registry cannot be asked, what was known is watched
                try:
                    if self._guard is not None:
                        self._guard.check_role(_RULE, await self._guard.identify(incoming.metadata))
                    one.versions = await self._versions(one.watch.wanted.workspace, reference)
                except CallerError as over:
                    one.watch.end(over)
                    return


def _response(message: Shown | Counts) -> pb.WatchResponse:
    if isinstance(message, Counts):
        return pb.WatchResponse(status=pb.TapStatus(**asdict(message)))
    passed, failure = message.passed, message.passed.failure
    event = pb.TappedEvent(version=passed.version, before=message.before, after=message.after)
    event.time.FromNanoseconds(round(passed.at * 1e9))
    outcome = event.outcome
    outcome.status = transform_pb2.Outcome.Status.ValueType(passed.status)
    outcome.message_id, outcome.drop_reason = message.message_id, message.reason
    outcome.logs.extend(message.logs)
    if failure is not None:
        place = failure.place and replace(failure.place, function=message.function)
        step = 0 if passed.failed_in else None
        write_failure(outcome.failure, replace(failure, message=message.message, place=place, step=step), [passed.failed_in])
    return pb.WatchResponse(event=event)


def _draining() -> PlatformError:
    return PlatformError(Code.DRAINING, "the service is shutting down; watch again")
