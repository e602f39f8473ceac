"""A destination that is a warehouse: made once from its settings, then asked for the rows of every event.

    track      tracks, and a table named like the event      page     pages
    identify   identifies, and users                         screen   screens
    extract    a table named like the event                  group    groups
    merge      identity merge rules                          alias    aliases

What events have in common is worked out once and kept (`Plan`): the names of columns above all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from transformer.mappers.errors import ConfigurationError, InstrumentationError, PlatformError, UnsupportedError
from transformer.mappers.warehouse.flatten import Flattening, Row
from transformer.mappers.warehouse.merge import MERGE_RULES, merge_rule
from transformer.mappers.warehouse.options import NOTHING, Options, Settings
from transformer.mappers.warehouse.plan import TABLE_OF, Fixed, Plan
from transformer.mappers.warehouse.providers import PROVIDERS, Provider
from transformer.mappers.warehouse.values import as_text, is_blank, is_spelled_out, typed

__all__ = ["Warehouse", "open_warehouse"]

_REMEMBERED_PLANS: Final = 16
_CLOUD: Final = "cloud"
_RECORD_SOURCES: Final = frozenset({_CLOUD, "singer-protocol"})
_ABOUT: Final = ("sourceId", "sourceType", "destinationId", "destinationType")
_NO_METADATA: Final[Mapping[str, Any]] = MappingProxyType({})


def open_warehouse(
    provider: str,
    settings: Mapping[str, Any],
    *,
    query: Mapping[str, Any] = _NO_METADATA,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Warehouse:
    """Make a warehouse of a provider (`PROVIDERS`) and the settings of a destination.

    `query` is what the data plane asks for: `whIDResolve` for merge rules, `chEnableArraySupport` for columns that are arrays.
    `now` is the time of events that do not say when they were received. Raises `ConfigurationError` with what is wrong.
    """
    known = PROVIDERS.get(provider)
    if known is None:
        message = f"there is no warehouse {provider!r}; there are {', '.join(PROVIDERS)}"
        raise ConfigurationError(message)
    return Warehouse(known, Settings.of(known, settings), query, now)


class _Seen:
    """An event on its way to its rows."""

    __slots__ = ("category", "context", "context_row", "event", "kind", "plan")

    def __init__(self, plan: Plan, kind: str, event: dict[str, Any], context: dict[str, Any], category: object) -> None:
        self.plan = plan
        self.kind = kind
        self.event = event
        self.context = context
        self.category = category
        self.context_row = Row()


class Warehouse:
    """Makes rows of events. `rows` is all there is to call."""

    def __init__(self, provider: Provider, settings: Settings, query: Mapping[str, Any], now: Callable[[], datetime]) -> None:
        self.provider = provider
        self._settings = settings
        self._now = now
        self._merges = provider.merges and str(query.get("whIDResolve", "")).lower() == "true"
        arrays = str(query.get("chEnableArraySupport", "")).lower() == "true"
        self._flattening = Flattening(provider, arrays=arrays)
        self._plans: dict[Options, Plan] = {}
        self._usual = Plan(provider, settings, NOTHING)
        self._makers = MappingProxyType(
            {
                "track": self._track,
                "extract": self._extract,
                "identify": self._identify,
                "merge": self._merge,
                **dict.fromkeys(TABLE_OF, self._one_table),
            }
        )

    def rows(self, event: dict[str, Any], metadata: Mapping[str, Any] = _NO_METADATA) -> list[dict[str, Any]]:
        """The rows of an event: for each its table, the types of its columns, and its values.

        `metadata` is what the data plane says of the event: `sourceCategory`, `receivedAt`, and the four that go into its
        context (`sourceId`, `sourceType`, `destinationId`, `destinationType`). The event stays as it is. Raises `MappingError`.
        """
        said = event.get("type")
        kind = said.lower() if isinstance(said, str) else ""
        maker = self._makers.get(kind)
        if maker is None:
            message = f'Unknown event type: "{said}"' if kind else "the event has no type"
            raise UnsupportedError(message)
        event = self._complete(event, metadata)
        plan = self._plan(event.get("integrations"))
        context = event.get("context")
        seen = _Seen(plan, kind, event, context if isinstance(context, dict) else {}, metadata.get("sourceCategory"))
        rows = maker(seen)
        if self._merges and kind != "merge":
            rows += self._merge(seen)
        return rows

    def _complete(self, event: dict[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
        """The event with what it may lack: an id, when it was received, and where it comes from and goes to."""
        more: dict[str, Any] = {}
        if not event.get("messageId"):
            more["messageId"] = f"auto-{uuid4()}"
        if not event.get("receivedAt"):
            more["receivedAt"] = metadata.get("receivedAt") or self._now().isoformat(timespec="milliseconds").replace(
                "+00:00", "Z"
            )
        about = {name: metadata[name] for name in _ABOUT if metadata.get(name)} if metadata else None
        if about:
            context = event.get("context")
            if context is None or isinstance(context, dict):
                more["context"] = {**(context or {}), **about}
        return {**event, **more} if more else event

    def _plan(self, integrations: object) -> Plan:
        options = self._settings.options(integrations)
        if options is NOTHING:
            plan = self._usual
        else:
            found = self._plans.get(options)
            if found is None:
                if len(self._plans) >= _REMEMBERED_PLANS:
                    self._plans.clear()
                found = self._plans[options] = Plan(self.provider, self._settings, options)
            plan = found
        plan.forget_if_full()
        return plan

    # ---------------------------------------------------------------- by the type of the event

    def _track(self, seen: _Seen) -> list[dict[str, Any]]:
        plan = seen.plan
        fixed, absent = self._fixed(seen, plan.columns["track"])
        name, table = self._event_names(seen)
        fixed.data[plan.event] = name
        fixed.types[plan.event] = "string"
        record = self._record_id(seen)
        self._flatten_context(seen)
        seen.context_row.drop(absent)
        rows = []
        if not plan.skip_tracks:
            row = self._row(seen, plan.tables["tracks"], (seen.context_row,), fixed)
            if record is not None:
                _set(row, plan.record_id, "string", record if isinstance(record, str) else as_text(record))
            rows.append(self._with_event(seen, row))
        if table:
            own = Row()
            self._flatten(seen, own, "properties")
            self._flatten(seen, own, "userProperties")
            own.drop(plan.not_for_users["track"])
            row = self._row(seen, table, (own, seen.context_row), fixed)
            if record is not None:
                _set(row, plan.id, *typed(record))
            rows.append(row)
        return rows

    def _extract(self, seen: _Seen) -> list[dict[str, Any]]:
        fixed, absent = self._fixed(seen, seen.plan.columns["extract"])
        _, table = self._event_names(seen)
        if not table:
            message = "an extract event needs an event name, which names its table"
            raise InstrumentationError(message)
        own = Row()
        self._flatten(seen, own, "properties")
        self._flatten_context(seen)
        return [self._row(seen, table, (own, seen.context_row), fixed, absent)]

    def _identify(self, seen: _Seen) -> list[dict[str, Any]]:
        plan = seen.plan
        fixed, absent = self._fixed(seen, plan.columns["identify"])
        own = Row()
        self._flatten(seen, own, "userProperties")
        if self._settings.context_traits:
            self._flatten(seen, own, "context", "traits")
        self._flatten(seen, own, "traits")
        self._flatten_context(seen)
        row = self._row(seen, plan.tables["identifies"], (own, seen.context_row), fixed, absent)
        rows = [self._with_event(seen, row)]
        if self.provider.users_table and not plan.skip_users and not is_blank(seen.event.get("userId")):
            own.drop(plan.not_for_users["identify"])
            fixed, absent = self._fixed(seen, plan.users)
            seen.context_row.drop(absent)
            rows.append(self._row(seen, plan.tables["users"], (own, seen.context_row), fixed))
        return rows

    def _one_table(self, seen: _Seen) -> list[dict[str, Any]]:
        plan = seen.plan
        fixed, absent = self._fixed(seen, plan.columns[seen.kind])
        own = Row()
        self._flatten(seen, own, "properties" if seen.kind in {"page", "screen"} else "traits")
        self._flatten_context(seen)
        row = self._row(seen, plan.tables[TABLE_OF[seen.kind]], (own, seen.context_row), fixed, absent)
        return [self._with_event(seen, row)]

    def _merge(self, seen: _Seen) -> list[dict[str, Any]]:
        """The merge rule of an event. There is one only where identities are resolved."""
        rule = merge_rule(seen.kind, seen.event) if self._merges else None
        if rule is None:
            return []
        first, second = rule
        values = [*first, *(second or ())]
        data = dict(zip(seen.plan.merge_columns, values, strict=False))
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

    # ---------------------------------------------------------------- parts of rows

    def _event_names(self, seen: _Seen) -> tuple[str, str]:
        """What the column `event` says, and the table of events of that name. Both `""` for an event without a name."""
        said = seen.event.get("event")
        if said is None or isinstance(said, dict | list):
            return "", ""
        return seen.plan.naming.event_table(said if isinstance(said, str) else as_text(said))

    def _record_id(self, seen: _Seen) -> object:
        """The record that an event of a cloud source is about, which is its id there."""
        sources = seen.context.get("sources")
        if seen.category not in _RECORD_SOURCES or not isinstance(sources, dict) or not sources.get("version"):
            return None
        record = seen.event.get("recordId")
        if is_blank(record):
            message = "recordId cannot be empty for cloud sources events"
            raise PlatformError(message, 400)
        return record

    def _fixed(self, seen: _Seen, columns: tuple[Fixed, ...]) -> tuple[Row, list[str]]:
        """The columns that are ours, and the names of those for which the event has nothing."""
        event, context = seen.event, seen.context
        row, absent = Row(), []
        data, types = row.data, row.types
        for column, source in columns:
            value = source(event, context)
            if is_blank(value) or type(value) is dict:
                absent.append(column)
            else:
                types[column], data[column] = typed(value)
        return row, absent

    def _flatten(self, seen: _Seen, row: Row, *path: str) -> None:
        """Add what the user put into a part of the event."""
        part: object = seen.event
        for key in path:
            part = part.get(key) if isinstance(part, dict) else None
        if isinstance(part, dict) and part and not (path[-1] == "traits" and is_spelled_out(part)):
            self._flattening.add(seen.plan.branch(seen.kind, "", *path), part, row, cloud=seen.category == _CLOUD)

    def _flatten_context(self, seen: _Seen) -> None:
        context, row = seen.context, seen.context_row
        traits = context.get("traits")
        spelled_out = isinstance(traits, dict) and is_spelled_out(traits)
        if spelled_out:
            context = {key: value for key, value in context.items() if key != "traits"}
        self._flattening.add(seen.plan.branch(seen.kind, "context_", "context"), context, row, cloud=seen.category == _CLOUD)
        if spelled_out and isinstance(traits, dict):
            row.data[seen.plan.context_traits] = "".join(traits[key] for key in sorted(traits, key=int))
            row.types[seen.plan.context_traits] = "string"

    def _row(self, seen: _Seen, table: str, parts: tuple[Row, ...], fixed: Row, absent: Sequence[str] = ()) -> dict[str, Any]:
        types = dict(seen.plan.types)
        data: dict[str, Any] = {}
        for part in parts:
            data.update(part.data)
            types.update(part.types)
        for column in absent:
            if column in data:
                del data[column], types[column]
        data.update(fixed.data)
        types.update(fixed.types)
        for column in seen.plan.types:
            if column in data:
                del data[column]
                types[column] = "datetime"
        most = self.provider.most_columns
        if most is not None and len(types) > most and seen.event.get("channel") != "sources":
            message = f"{self.provider.name} transformer: Too many columns outputted from the event"
            raise InstrumentationError(message)
        return {"metadata": {"table": table, "columns": types, "receivedAt": seen.event.get("receivedAt")}, "data": data}

    def _with_event(self, seen: _Seen, row: dict[str, Any]) -> dict[str, Any]:
        if self._settings.full_event:
            _set(row, seen.plan.rudder_event, self.provider.full_event, as_text(seen.event))
        return row


def _set(row: dict[str, Any], column: str, kind: str, value: object) -> None:
    row["data"][column] = value
    row["metadata"]["columns"][column] = kind
