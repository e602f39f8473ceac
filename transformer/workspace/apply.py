"""Applying a difference: versions are published, which changes nothing yet; then everything becomes live at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from transformer.client import AliasMove, AppliedContent, Client, DefinitionContent, LibraryVersion, TableMove, Version
from transformer.client.definitions import DefinitionKind, RemovableKind
from transformer.errors import CallerError, Code
from transformer.tables.compiling import RowsError
from transformer.workspace.difference import Action, Difference, Item, compare
from transformer.workspace.folder import Folder, FolderError
from transformer.workspace.live import Live, read_live, record_text
from transformer.workspace.order import in_order
from transformer.workspace.publishing import library_version, problems_in, transformation_version
from transformer.workspace.rows import line_of

__all__ = ["DriftError", "apply", "look"]

Made = TypeVar("Made", LibraryVersion, Version)

Told = Callable[[str], None]


class DriftError(ValueError):
    """What is to be changed was changed by somebody else. `items` are those."""

    def __init__(self, items: list[Item]) -> None:
        super().__init__("\n".join(f"{item.name} {item.drift}" for item in items))
        self.items = items


def look(client: Client, workspace: str, folder: Folder, told: Told) -> Difference:
    """The difference between a folder and a server; what is wrong with the folder is in it. Changes nothing."""
    return compare(client, workspace, folder, read_live(client, workspace), told)


def apply(
    client: Client, workspace: str, folder: Folder, *, prune: bool = False, overwrite: bool = False, told: Told
) -> Difference:
    """Make a workspace what a folder says, and return what was between them.

    With `prune`, what was applied from the folder and is in it no more is removed; with `overwrite`, what somebody else changed
    is replaced. Whatever is raised, and where it is interrupted: nothing that requests run is another than before.

    Raises:
        FolderError: something in it is wrong.
        DriftError: somebody else has changed what is to be changed.
        CallerError: STALE_ETAG: somebody changed something at the same time; PRECONDITION: what is to be removed is in use.
    """
    live = read_live(client, workspace)
    if not live.exists:
        client.create_workspace(workspace)
        told(f"created workspace {workspace}")
        live = Live()
    difference = compare(client, workspace, folder, live, told)
    if difference.problems:
        raise FolderError(difference.problems)
    wanted = difference.some(Action.CREATE, Action.CHANGE, *([Action.REMOVE] if prune else []))
    if not overwrite and (drifted := [item for item in wanted if item.drift]):
        raise DriftError(drifted)
    _Application(client, workspace, difference, told).carry_out(prune=prune)
    return difference


@dataclass(slots=True)
class _Application:
    client: Client
    workspace: str
    difference: Difference
    told: Told
    hashes: dict[str, str] = field(default_factory=dict)
    aliases: list[AliasMove] = field(default_factory=list)
    tables: list[TableMove] = field(default_factory=list)

    def carry_out(self, *, prune: bool) -> None:
        """Raises FolderError: code is refused, or a file changed meanwhile; CallerError."""
        items = {item.name: item for item in self.difference.items}
        self.hashes = {name: item.hash for name, item in items.items() if item.action is not Action.REMOVE}
        pending = {name: item for name, item in items.items() if item.action in {Action.CREATE, Action.CHANGE}}
        self._publish(pending)
        gone = self.difference.some(Action.REMOVE)
        if not prune:
            self.hashes |= {item.name: self.difference.live.recorded[item.name] for item in gone}
        removals = [item for item in gone if prune and item.kind != "libraries"]
        definitions = [item for item in pending.values() if item.kind in {"pipelines", "destinations"}]
        content = record_text(self.hashes)
        if not (definitions or removals or self.aliases or self.tables or content != self.difference.live.content):
            return
        self.client.apply_definitions(
            self.workspace,
            [self._content(item) for item in definitions],
            [(cast("RemovableKind", item.kind), item.id) for item in removals],
            self.aliases,
            self.tables,
            AppliedContent(content, self.difference.live.revision),
        )

    def _publish(self, pending: dict[str, Item]) -> None:
        folder, problems = self.difference.folder, list[str]()
        for handle in in_order(folder.libraries)[0]:
            if item := pending.get(f"libraries/{handle}"):
                problems += self._library(item)
                if problems:
                    raise FolderError(problems)  # what imports it would be refused for that alone
        for name in folder.transformations:
            if item := pending.get(f"transformations/{name}"):
                problems += self._transformation(item)
        if problems:
            raise FolderError(problems)
        for name in folder.tables:
            if item := pending.get(f"tables/{name}"):
                self._table(item)

    def _library(self, item: Item) -> list[str]:
        code = self.difference.folder.libraries[item.id]
        _, problems = self._published(
            item, code.path, lambda: library_version(self.client, self.workspace, item.id, code, check=False)
        )
        return problems

    def _transformation(self, item: Item) -> list[str]:
        code = self.difference.folder.transformations[item.id]
        made, problems = self._published(
            item, code.path, lambda: transformation_version(self.client, self.workspace, item.id, code, check=False)
        )
        if made is not None and made.number != item.live_version:
            self.aliases.append(AliasMove(item.id, "live", made.number, item.live_version))
        return problems

    def _published(self, item: Item, path: Path, publish: Callable[[], Made]) -> tuple[Made | None, list[str]]:
        """The version that code became, and what is wrong with it: one of the two."""
        made, problems = problems_in(str(path), publish)
        if made is not None:
            self.hashes[item.name] = made.content_hash
            self.told(f"{item.name}: version {made.number} is published")
        return made, problems

    def _table(self, item: Item) -> None:
        table = self.difference.folder.tables[item.id]
        rows = table.read(lambda count: self.told(f"{item.name}: {count:,} of {table.rows:,} rows pushed"))
        try:
            made = self.client.push_table(self.workspace, item.id, rows, table.key, hold_back=True)
        except RowsError as wrong:
            raise FolderError([line_of(table, str(wrong))]) from None
        except CallerError as wrong:
            if wrong.code is not Code.BAD_REQUEST:
                raise
            raise FolderError([line_of(table, re.sub("^rows: ", "", wrong.message))]) from None
        self.hashes[item.name] = made.content_hash
        self.told(f"{item.name}: version {made.number} is pushed")
        if made.number != item.live_version:
            self.tables.append(TableMove(item.id, made.number, item.live_version))

    def _content(self, item: Item) -> DefinitionContent:
        text = getattr(self.difference.folder, item.kind)[item.id]
        live = self.difference.live.definitions.get(item.name)
        return DefinitionContent(
            cast("DefinitionKind", item.kind), item.id, text.content, live.live.content_hash if live is not None else ""
        )
