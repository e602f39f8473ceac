"""All that holds for the events of one destination which ask for the same options: worked out once, then read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from transformer.mappers.warehouse.fixed import IDENTIFIES, OF_TYPE, USERS, USERS_TIMES, Source
from transformer.mappers.warehouse.flatten import Branch, Budget, Flattening
from transformer.mappers.warehouse.json_paths import paths_for
from transformer.mappers.warehouse.merge import MERGE_COLUMNS, MERGE_RULES
from transformer.mappers.warehouse.names import Naming
from transformer.mappers.warehouse.options import Options, Settings
from transformer.mappers.warehouse.providers import Provider

__all__ = ["TABLE_OF", "Columns", "Parts", "Plan"]

TABLE_OF: Final = MappingProxyType({"page": "pages", "screen": "screens", "group": "groups", "alias": "aliases"})
"""The table of the types of events that have one."""

_REMEMBERED_NAMES: Final = 20_000

_OWN_PARTS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "track": (("properties",), ("userProperties",)),
        "extract": (("properties",),),
        "identify": (("userProperties",), ("context", "traits"), ("traits",)),
        "page": (("properties",),),
        "screen": (("properties",),),
        "group": (("traits",),),
        "alias": (("traits",),),
        "merge": (),
    }
)
"""The parts of an event whose values become columns of their own names, by the type of the event. Later ones win."""

Columns = tuple[tuple[str, str, Source, str], ...]
"""Columns of ours.

Each has its name, the key of its value (`""` if a function takes it), where that is, and its name were no word reserved.
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the objects in events of one type become."""

    context: Branch
    own: tuple[tuple[str, bool, Branch], ...]
    """Of each the key, whether it is one of the context, and what it becomes."""


class Plan:
    """All that holds for the events of one destination which ask for the same options."""

    def __init__(self, provider: Provider, settings: Settings, options: Options, flattening: Flattening) -> None:
        self.provider = provider
        self.most_columns = provider.most_columns or sys.maxsize
        self.flatten = flattening.add
        self.naming = Naming(
            provider,
            divide_numbers=settings.divide_numbers,
            blendo=options.blendo,
            escape_reserved=not options.skip_reserved,
        )
        self.skip_tracks = settings.skip_tracks_table if options.skip_tracks_table is None else options.skip_tracks_table
        self.skip_users = settings.skip_users_table if options.skip_users_table is None else options.skip_users_table
        fixed = self.naming.fixed
        self.types = {fixed("uuid_ts"): "datetime", **({fixed("loaded_at"): "datetime"} if provider.loaded_at else {})}
        self.tables = {name: fixed(name) for name in ("tracks", "identifies", "users", *TABLE_OF.values(), MERGE_RULES)}
        self.id, self.event, self.record_id, self.rudder_event, self.context_traits = map(
            fixed, ("id", "event", "record_id", "rudder_event", "context_traits")
        )
        self.merge_columns = tuple(map(fixed, MERGE_COLUMNS))
        self.columns = {kind: self._columns(columns) for kind, columns in OF_TYPE.items()}
        times = tuple(one for one in IDENTIFIES if one[0] in USERS_TIMES) if provider.users_times else ()
        self.users = self._columns((*USERS, *times))
        self.not_of_users = tuple(plain for *_, plain in self.columns["identify"])
        self.not_of_events = self.naming.cased("record_id")
        self._context_traits = settings.context_traits
        self._json_paths = (*settings.json_paths, *options.json_paths)
        self._budget = Budget(_REMEMBERED_NAMES)
        self._parts: dict[str, Parts] = {}

    def parts(self, event_type: str) -> Parts:
        """What the objects in events of this type become. It is begun anew when it remembers too many names."""
        if self._budget.left <= 0:
            self._parts.clear()
            self._budget.left = _REMEMBERED_NAMES
        parts = self._parts.get(event_type)
        if parts is None:
            parts = self._parts[event_type] = self._begin(event_type)
        return parts

    def _begin(self, event_type: str) -> Parts:
        paths = paths_for(event_type, self._json_paths)
        own = _OWN_PARTS[event_type]
        if not self._context_traits:
            own = tuple(path for path in own if path[0] != "context")
        return Parts(
            Branch(self.naming, self._budget, paths, ("context",), "context_"),
            tuple((path[-1], len(path) > 1, Branch(self.naming, self._budget, paths, path)) for path in own),
        )

    def _columns(self, columns: tuple[tuple[str, Source], ...]) -> Columns:
        naming = self.naming
        return tuple(
            (naming.fixed(name), source if isinstance(source, str) else "", source, naming.cased(name))
            for name, source in columns
        )
