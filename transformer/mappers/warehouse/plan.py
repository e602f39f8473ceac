"""All that holds for the events of one destination which ask for the same options: worked out once, then read."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from transformer.mappers.warehouse.fixed import IDENTIFIES, OF_TYPE, USERS, USERS_TIMES, Source
from transformer.mappers.warehouse.flatten import Branch, Budget
from transformer.mappers.warehouse.json_paths import paths_for
from transformer.mappers.warehouse.merge import MERGE_COLUMNS, MERGE_RULES
from transformer.mappers.warehouse.names import Naming
from transformer.mappers.warehouse.options import Options, Settings
from transformer.mappers.warehouse.providers import Provider

__all__ = ["TABLE_OF", "Fixed", "Plan"]

TABLE_OF: Final = MappingProxyType({"page": "pages", "screen": "screens", "group": "groups", "alias": "aliases"})
"""The table of the types of events that have one."""

_REMEMBERED_NAMES: Final = 20_000

Fixed = tuple[str, Source]
"""A column of ours, and where its value is."""


class Plan:
    """All that holds for the events of one destination which ask for the same options."""

    def __init__(self, provider: Provider, settings: Settings, options: Options) -> None:
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
        self.columns = {kind: self._named(columns) for kind, columns in OF_TYPE.items()}
        times = tuple(one for one in IDENTIFIES if one[0] in USERS_TIMES) if provider.users_times else ()
        self.users = self._named((*USERS, *times))
        # Where two rows share what the user said, names of ours are not the user's to fill, not even when ours is another
        # because it is reserved: `timestamp` is dropped where our column is `timestamp`, and not where it is `_timestamp`.
        self.not_for_users = {
            kind: tuple(self.naming.cased(name) for name in (*(name for name, _ in OF_TYPE[kind]), *more))
            for kind, more in (("track", ("event", "record_id")), ("identify", ()))
        }
        self.budget = Budget(_REMEMBERED_NAMES)
        self._json_paths = (*settings.json_paths, *options.json_paths)
        self._branches: dict[tuple[str, ...], Branch] = {}

    def _named(self, columns: tuple[tuple[str, Source], ...]) -> tuple[Fixed, ...]:
        return tuple((self.naming.fixed(name), source) for name, source in columns)

    def branch(self, event_type: str, prefix: str, *path: str) -> Branch:
        """The part of an event of this type, at the path, whose columns begin with the prefix."""
        key = (event_type, prefix, *path)
        branch = self._branches.get(key)
        if branch is None:
            paths = paths_for(event_type, self._json_paths)
            branch = self._branches[key] = Branch(self.naming, self.budget, paths, path, prefix)
        return branch

    def forget_if_full(self) -> None:
        """Begin anew once too many names are remembered: they are others than before."""
        if self.budget.left <= 0:
            self._branches.clear()
            self.budget.left = _REMEMBERED_NAMES
