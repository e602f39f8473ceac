"""A destination that is a warehouse: made once from its settings, then asked for the rows of every event.

    track      tracks, and a table named like the event      page     pages
    identify   identifies, and users                         screen   screens
    extract    a table named like the event                  group    groups
    merge      identity merge rules                          alias    aliases

What events have in common is worked out once and kept (`Plan`): the names of columns above all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time as wall_time
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from transformer.mappers.errors import ConfigurationError, InstrumentationError, PlatformError, UnsupportedError
from transformer.mappers.warehouse.flatten import Flattening, Row
from transformer.mappers.warehouse.merge import MERGE_RULES, merge_rule
from transformer.mappers.warehouse.options import NOTHING, Options, Settings
from transformer.mappers.warehouse.plan import TABLE_OF, Plan
from transformer.mappers.warehouse.providers import PROVIDERS, Provider
from transformer.mappers.warehouse.seen import Seen
from transformer.mappers.warehouse.values import Clock, as_text, is_blank, typed

__all__ = ["Warehouse", "open_warehouse"]

_REMEMBERED_PLANS: Final = 16
_CLOUD: Final = "cloud"
_RECORD_SOURCES: Final = (_CLOUD, "singer-protocol")
_ABOUT: Final = ("sourceId", "sourceType", "destinationId", "destinationType")
_NO_METADATA: Final[Mapping[str, Any]] = MappingProxyType({})


def open_warehouse(
    provider: str,
    settings: Mapping[str, Any],
    *,
    query: Mapping[str, Any] = _NO_METADATA,
    time: Callable[[], float] = wall_time,
) -> Warehouse:
    """Make a warehouse of a provider (`PROVIDERS`) and the settings of a destination.

    `query` is what the data plane asks for: `whIDResolve` for merge rules, `chEnableArraySupport` for columns that are arrays.
    `time` tells the time, for events that do not say when they were received. Raises `ConfigurationError` with what is wrong.
    """
    known = PROVIDERS.get(provider)
    if known is None:
        message = f"there is no warehouse {provider!r}; there are {', '.join(PROVIDERS)}"
        raise ConfigurationError(message)
    return Warehouse(known, Settings.of(known, settings), query, Clock(time))


class Warehouse:
    """Makes rows of events. `rows` is all there is to call."""

    def __init__(self, provider: Provider, settings: Settings, query: Mapping[str, Any], clock: Clock) -> None:
        self.provider = provider
        self._settings = settings
        self._clock = clock
        self._merges = provider.merges and str(query.get("whIDResolve", "")).lower() == "true"
        arrays = str(query.get("chEnableArraySupport", "")).lower() == "true"
        self._flattening = Flattening(provider, arrays=arrays)
        self._plans: dict[Options, Plan] = {}
        self._usual = Plan(provider, settings, NOTHING, self._flattening)
        self._makers = MappingProxyType(
            {
                "track": self._track,
                "extract": self._extract,
                "identify": self._identify,
                "merge": self._merge,
                **dict.fromkeys(TABLE_OF, self._one_table),
            }
        )

    def rows(self, event: dict[str, Any], metadata: object = _NO_METADATA) -> list[dict[str, Any]]:
        """The rows of an event: for each its table, the types of its columns, and its values.

        `metadata` is what the data plane says of the event: `sourceCategory`, `receivedAt`, and the four that go into its
        context (`sourceId`, `sourceType`, `destinationId`, `destinationType`); what is no dict says nothing. The event stays
        as it is. Raises `MappingError`.
        """
        known: Mapping[str, Any] = metadata if isinstance(metadata, dict) else _NO_METADATA
        said = event.get("type")
        kind = said.lower() if isinstance(said, str) else ""
        maker = self._makers.get(kind)
        if maker is None:
            message = f'Unknown event type: "{said}"' if kind else "the event has no type"
            raise UnsupportedError(message)
        if known or not event.get("messageId") or not event.get("receivedAt"):
            event = self._complete(event, known)
        integrations = event.get("integrations")
        plan = self._usual if not integrations else self._plan(integrations)
        category = known.get("sourceCategory")
        seen = Seen(plan, kind, event, cloud=category == _CLOUD)
        rows = maker(seen, category)
        if self._merges and kind != "merge":
            rows += self._merge(seen, category)
        return rows

    def _complete(self, event: dict[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
        """The event with what it may lack: an id, when it was received, and where it comes from and goes to."""
        more: dict[str, Any] = {}
        if not event.get("messageId"):
            more["messageId"] = f"auto-{uuid4()}"
        if not event.get("receivedAt"):
            more["receivedAt"] = metadata.get("receivedAt") or self._clock.now()
        about = {name: metadata[name] for name in _ABOUT if metadata.get(name)} if metadata else None
        if about:
            context = event.get("context")
            if context is None or isinstance(context, dict):
                more["context"] = {**(context or {}), **about}
        return {**event, **more} if more else event

    def _plan(self, integrations: object) -> Plan:
        options = self._settings.options(integrations)
        if options is NOTHING:
            return self._usual
        plan = self._plans.get(options)
        if plan is None:
            if len(self._plans) >= _REMEMBERED_PLANS:
                self._plans.clear()
            plan = self._plans[options] = Plan(self.provider, self._settings, options, self._flattening)
        return plan

    def _track(self, seen: Seen, category: object) -> list[dict[str, Any]]:
        plan = seen.plan
        name, table = _event_names(seen)
        record = _record(seen) if category in _RECORD_SOURCES else None
        row = Row()
        seen.add_context(row)
        absent = seen.add_fixed(row, plan.columns["track"])
        row.data[plan.event] = name
        row.types[plan.event] = "string"
        own = Row()
        if table:
            seen.add_own(own)
            absent.append(plan.not_of_events)
            own.drop(absent)
            own.data |= row.data
            own.types |= row.types
            if record is not None:
                own.types[plan.id], own.data[plan.id] = typed(record)
        rows = []
        if not plan.skip_tracks:
            if record is not None:
                row.types[plan.record_id] = "string"
                row.data[plan.record_id] = record if isinstance(record, str) else as_text(record)
            rows.append(self._with_event(seen, seen.finish(plan.tables["tracks"], row)))
        if table:
            rows.append(seen.finish(table, own))
        return rows

    def _extract(self, seen: Seen, _category: object) -> list[dict[str, Any]]:
        _, table = _event_names(seen)
        if not table:
            message = "an extract event needs an event name, which names its table"
            raise InstrumentationError(message)
        return [self._whole_row(seen, table)]

    def _identify(self, seen: Seen, _category: object) -> list[dict[str, Any]]:
        plan = seen.plan
        own, context = Row(), Row()
        seen.add_own(own)
        seen.add_context(context)
        row = own | context
        seen.add_fixed(row, plan.columns["identify"])
        rows = [self._with_event(seen, seen.finish(plan.tables["identifies"], row))]
        if self.provider.users_table and not plan.skip_users and not is_blank(seen.event.get("userId")):
            own.drop(plan.not_of_users)
            user = own | context
            seen.add_fixed(user, plan.users)
            rows.append(seen.finish(plan.tables["users"], user))
        return rows

    def _one_table(self, seen: Seen, _category: object) -> list[dict[str, Any]]:
        return [self._with_event(seen, self._whole_row(seen, seen.plan.tables[TABLE_OF[seen.kind]]))]

    def _whole_row(self, seen: Seen, table: str) -> dict[str, Any]:
        row = Row()
        seen.add_own(row)
        seen.add_context(row)
        seen.add_fixed(row, seen.plan.columns[seen.kind])
        return seen.finish(table, row)

    def _merge(self, seen: Seen, _category: object) -> list[dict[str, Any]]:
        """The merge rule of an event. There is one only where identities are resolved."""
        rule = merge_rule(seen.kind, seen.event) if self._merges else None
        if rule is None:
            return []
        first, second = rule
        data = dict(zip(seen.plan.merge_columns, [*first, *(second or ())], strict=False))
        metadata = {
            "table": seen.plan.tables[MERGE_RULES],
            "columns": dict.fromkeys(data, "string"),
            "isMergeRule": True,
            "receivedAt": seen.event.get("receivedAt"),
            "mergePropOne": first[1],
        }
        if second is not None:
            metadata["mergePropTwo"] = second[1]
        return [{"metadata": metadata, "data": data}]

    def _with_event(self, seen: Seen, row: dict[str, Any]) -> dict[str, Any]:
        if self._settings.full_event:
            row["data"][seen.plan.rudder_event] = as_text(seen.event)
            row["metadata"]["columns"][seen.plan.rudder_event] = self.provider.full_event
        return row


def _event_names(seen: Seen) -> tuple[str, str]:
    """What the column `event` says, and the table of events of that name. Both `""` for an event without a name."""
    said = seen.event.get("event")
    if said is None or isinstance(said, dict | list):
        return "", ""
    return seen.plan.naming.event_table(said if isinstance(said, str) else as_text(said))


def _record(seen: Seen) -> object:
    """The record that an event of a cloud source is about; None for a source without a version."""
    sources = seen.context.get("sources")
    if not isinstance(sources, dict) or not sources.get("version"):
        return None
    record = seen.event.get("recordId")
    if is_blank(record):
        message = "recordId cannot be empty for cloud sources events"
        raise PlatformError(message, 400)
    return record
