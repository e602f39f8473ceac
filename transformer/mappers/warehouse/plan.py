"""All that holds for the events of one destination which ask for the same options: worked out once, then read."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from transformer.mappers.warehouse.fixed import IDENTIFIES, OF_TYPE, TIMES, USERS, USERS_TIMES, Source, Taken
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


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of ours: each with its name, where its value is, and what it were called were no word reserved."""

    texts: tuple[tuple[str, str, str], ...]
    """Under a key of the event."""
    times: tuple[tuple[str, str, str], ...]
    """Under a key of the event, and nearly always an instant."""
    taken: tuple[tuple[str, Taken, str], ...]
    """Of several places."""


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
        self.not_of_users = tuple(self.naming.cased(name) for name, _ in IDENTIFIES)
        self.not_of_events = self.naming.cased("record_id")
        self._context_traits = settings.context_traits
        self._json_paths = (*settings.json_paths, *options.json_paths)
        self.parts: dict[str, Parts] = {}
        self._budget = Budget(_REMEMBERED_NAMES, self.parts.clear)

    def begin(self, event_type: str) -> Parts:
        """What the objects in events of this type become, from now on in `parts`."""
        paths = paths_for(event_type, self._json_paths)
        own = _OWN_PARTS[event_type]
        if not self._context_traits:
            own = tuple(path for path in own if path[0] != "context")
        parts = self.parts[event_type] = Parts(
            Branch(self.naming, self._budget, paths, ("context",), "context_"),
            tuple((path[-1], len(path) > 1, Branch(self.naming, self._budget, paths, path)) for path in own),
        )
        return parts

    def _columns(self, columns: tuple[tuple[str, Source], ...]) -> Columns:
        names = [(self.naming.fixed(name), source, self.naming.cased(name)) for name, source in columns]
        return Columns(
            texts=tuple((name, key, plain) for name, key, plain in names if isinstance(key, str) and key not in TIMES),
            times=tuple((name, key, plain) for name, key, plain in names if isinstance(key, str) and key in TIMES),
            taken=tuple((name, take, plain) for name, take, plain in names if not isinstance(take, str)),
        )
