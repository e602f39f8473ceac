"""What is between a folder and a server: an item for each resource, and what has drifted since it was applied last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from transformer.client import Client
from transformer.client.paging import all_pages
from transformer.pipelines.reading import DestinationForm, PipelineForm
from transformer.registry.diff import manifest_text, readable, unified
from transformer.workspace.folder import Code, Folder
from transformer.workspace.live import Live
from transformer.workspace.order import imports, in_order
from transformer.workspace.publishing import library_version, problems_in, transformation_version

__all__ = ["Action", "Difference", "Item", "compare"]

_DEFINITIONS = ("destinations", "pipelines")


class Action(StrEnum):
    """What is to be done with a resource."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Item:
    """A resource, `pipelines/orders`. `detail` and `drift` are sentences; `drift` is "" where nobody but us has changed it.

    `live_version` is the number of the live version that was met, 0 for none. `hash` is that of what it is to be; "" where that
    is known only after what it imports was published: then `unchecked`.
    """

    name: str
    action: Action
    path: str = ""
    detail: str = ""
    diff: str = ""
    drift: str = ""
    live_version: int = 0
    hash: str = ""
    unchecked: bool = False

    @property
    def kind(self) -> str:
        """`pipelines`."""
        return self.name.partition("/")[0]

    @property
    def id(self) -> str:
        """`orders`."""
        return self.name.partition("/")[2]


@dataclass(slots=True)
class Difference:
    """Every resource of a folder, and those that were applied from it once and are there no more; and what is wrong."""

    folder: Folder
    live: Live
    items: list[Item] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def some(self, *actions: Action) -> list[Item]:
        """The items of these actions."""
        return [item for item in self.items if item.action in actions]

    @property
    def differs(self) -> bool:
        """Whether anything is not as the folder says."""
        return any(item.action is not Action.KEEP for item in self.items)


@dataclass(frozen=True, slots=True)
class _Met:
    """What is live of a resource; nothing, for a number of 0."""

    number: int = 0
    hash: str = ""
    actor: str = ""
    since: datetime | None = None


_NOTHING = _Met()


def compare(client: Client, workspace: str, folder: Folder, live: Live, told: Callable[[str], None]) -> Difference:
    """The difference; `told` hears of what takes long. The server checks code that is new, and changes nothing."""
    return _Comparison(client, workspace, Difference(folder, live), told).made()


@dataclass(slots=True)
class _Comparison:
    client: Client
    workspace: str
    made_of: Difference
    told: Callable[[str], None]
    changing: set[str] = field(default_factory=set)
    """Libraries that will have another version."""

    def made(self) -> Difference:
        folder, live = self.made_of.folder, self.made_of.live
        order, circles = in_order(folder.libraries)
        self.made_of.problems += circles or []
        for handle in [] if circles else order:
            self._library(handle, folder.libraries[handle])
        for name in sorted(folder.tables):
            self._table(name)
        for name, code in sorted(folder.transformations.items()):
            self._transformation(name, code)
        for kind in _DEFINITIONS:
            for name in sorted(getattr(folder, kind)):
                self._definition(kind, name)
        self.made_of.problems += _dangling(self.client, self.workspace, folder, live)
        known = set(folder.names())
        for name in sorted(live.recorded.keys() - known):
            self._gone(name)
        return self.made_of

    def _library(self, handle: str, code: Code) -> None:
        newest = self.made_of.live.libraries.get(handle)
        met = _NOTHING if newest is None else _Met(newest.number, newest.content_hash, newest.actor, newest.created)
        waits = self._waits_for(code)
        digest, good = "", True
        if not waits:
            made, problems = problems_in(
                str(code.path), lambda: library_version(self.client, self.workspace, handle, code, check=True)
            )
            self.made_of.problems += problems
            digest, good = (made.content_hash, True) if made is not None else ("", False)
        diff = ""
        if newest is not None and digest != met.hash:
            old = self.client.get_library_version(self.workspace, handle, newest.number).source
            diff = unified(old, code.file.source, f"libraries/{handle}/versions/{met.number}", str(code.path))
        if digest != met.hash or not digest:
            self.changing.add(handle)
        if good:
            self._add(f"libraries/{handle}", str(code.path), met, digest, self._why(diff, met, waits), diff)

    def _transformation(self, name: str, code: Code) -> None:
        there = self.made_of.live.transformations.get(name)
        live_version = there.live_version if there is not None else 0
        waits = self._waits_for(code)
        digest = ""
        if not waits:
            made, problems = problems_in(
                str(code.path), lambda: transformation_version(self.client, self.workspace, name, code, check=True)
            )
            self.made_of.problems += problems
            if made is None:
                return
            digest = made.content_hash
            if made.number == live_version:
                self._add(f"transformations/{name}", str(code.path), _Met(live_version, digest), digest)
                return
        if not live_version:
            self._add(f"transformations/{name}", str(code.path), _NOTHING, digest, self._why("", _NOTHING, waits))
            return
        old = self.client.get_version(self.workspace, name, live_version)
        labels = f"transformations/{name}/versions/{live_version}", str(code.path)
        diff = unified(readable(old.engine, old.source), readable(code.file.engine, code.file.source), *labels)
        declared = manifest_text(old.capabilities), manifest_text(code.capabilities)
        diff += unified(*declared, *(f"{label}, capabilities" for label in labels))
        cases = _lines((one.name, one.body) for one in old.cases), _lines(code.cases.items())
        diff += unified(*cases, *(f"{label}, cases" for label in labels))
        met = _Met(live_version, old.content_hash, old.actor, old.created)
        self._add(f"transformations/{name}", str(code.path), met, digest, self._why(diff, met, waits), diff)

    def _table(self, name: str) -> None:
        table, there = self.made_of.folder.tables[name], self.made_of.live.tables.get(name)
        newest = there.live if there is not None else None
        met = _NOTHING if newest is None else _Met(newest.number, newest.content_hash, newest.actor, newest.created)
        detail = _rows(table.rows, table.key)
        if newest is not None:
            detail = f"version {newest.number} has {_rows(newest.rows, newest.key)}; now {detail}"
        self._add(f"tables/{name}", str(table.path), met, table.content_hash, detail)

    def _definition(self, kind: str, name: str) -> None:
        text = getattr(self.made_of.folder, kind)[name]
        there = self.made_of.live.definitions.get(f"{kind}/{name}")
        old = there.live if there is not None else None
        met = _NOTHING if old is None else _Met(old.number, old.content_hash, old.actor, old.created)
        diff = "" if old is None else unified(old.content, text.content, f"{kind}/{name}/versions/{old.number}", str(text.path))
        digest = sha256(text.content.encode()).hexdigest()
        self._add(f"{kind}/{name}", str(text.path), met, digest, self._why(diff, met, []), diff)

    def _gone(self, name: str) -> None:
        """It was applied from the folder once; what is there of it no more needs no word."""
        live, (kind, _, one) = self.made_of.live, name.partition("/")
        met = _NOTHING
        match kind:
            case "libraries":
                if one in live.libraries:
                    met = _Met(live.libraries[one].number, live.recorded[name])  # it stays in any case
            case "tables":
                newest = live.tables[one].live if one in live.tables else None
                met = _NOTHING if newest is None else _Met(newest.number, newest.content_hash, newest.actor, newest.created)
            case "transformations":
                number = live.transformations[one].live_version if one in live.transformations else 0
                if number:
                    old = self.client.get_version(self.workspace, one, number)
                    met = _Met(number, old.content_hash, old.actor, old.created)
            case _:
                there = live.definitions.get(name)
                if there is not None:
                    met = _Met(there.live.number, there.live.content_hash, there.live.actor, there.live.created)
        if met.number:
            detail = "is in the folder no more"
            drift = _drift(live.recorded[name], met, "")
            self.made_of.items.append(Item(name, Action.REMOVE, detail=detail, drift=drift, live_version=met.number))

    def _add(self, name: str, path: str, met: _Met, digest: str, detail: str = "", diff: str = "") -> None:
        action = Action.CHANGE if met.number else Action.CREATE
        if digest and digest == met.hash:
            action, detail, diff = Action.KEEP, "", ""
        drift = "" if action is Action.KEEP else _drift(self.made_of.live.recorded.get(name), met, digest)
        unchecked = not digest or not self.made_of.live.exists
        self.made_of.items.append(Item(name, action, path, detail, diff, drift, met.number, digest, unchecked))

    def _waits_for(self, code: Code) -> list[str]:
        """What has to be published before the server can look at code; "the workspace" where there is none yet."""
        found = [f"libraries/{one}" for one in imports(code, self.made_of.folder.libraries) if one in self.changing]
        return found if self.made_of.live.exists else ["the workspace"]

    def _why(self, diff: str, met: _Met, waits: Iterable[str]) -> str:
        if waits := list(waits):
            return f"is checked when it is applied, after {' and '.join(waits)}"
        if not met.number:
            return ""
        return f"version {met.number} is live" if diff else "the code is the same, and what it imports has changed"


def _drift(recorded: str | None, met: _Met, wanted: str) -> str:
    """How what is live became other than what was applied last; "" where it did not."""
    if met.hash == (recorded or "") or (wanted and met.hash == wanted):
        return ""
    if not met.number:
        return "was removed since it was applied"
    who = f"version {met.number}, by {met.actor or 'anonymous'}"
    if met.since is not None:
        who += f", of {met.since:%Y-%m-%d %H:%M:%S}Z"
    return f"was not applied from here: {who}" if recorded is None else f"was changed since it was applied: {who}"


def _rows(count: int, key: str) -> str:
    return f"{count:,} row{'' if count == 1 else 's'} by {key}"


def _lines(cases: Iterable[tuple[str, bytes]]) -> str:
    return "".join(f"{name}: {body.decode()}\n" for name, body in sorted(cases))


def _dangling(client: Client, workspace: str, folder: Folder, live: Live) -> list[str]:
    """What pipelines and destinations name and nobody has."""
    problems = []
    for text in (*folder.pipelines.values(), *folder.destinations.values()):
        form = text.form
        if isinstance(form, PipelineForm):
            own = dict.fromkeys(step.use.partition("/")[0] for step in form.steps if step.own)
            problems += [
                f"{text.path}: there is no transformation {one}, neither here nor in the workspace"
                for one in own
                if one not in folder.transformations and one not in live.transformations
            ]
            where = form.destination
            if where and where not in folder.destinations and f"destinations/{where}" not in live.definitions:
                problems.append(f"{text.path}: there is no destination {where}, neither here nor in the workspace")
    named = {text.path: text.form.secrets for text in folder.destinations.values() if isinstance(text.form, DestinationForm)}
    if any(named.values()):
        there: set[str] = set()
        if live.exists:
            there = {one.id for one in all_pages(lambda n, token: client.list_secrets(workspace, n, token))}
        problems += [
            f"{path}: the workspace has no secret {one}; `transformer secrets set {one}` makes it"
            for path, secrets in named.items()
            for one in sorted(secrets - there)
        ]
    return problems
