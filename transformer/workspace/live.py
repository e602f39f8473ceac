"""What a server has of a workspace, and what was applied to it last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import orjson

from transformer.client import Client, Definition, LibraryVersion, Table, Transformation
from transformer.client.definitions import DefinitionKind
from transformer.client.paging import all_pages
from transformer.errors import CallerError, Code

__all__ = ["Live", "read_live", "record_text"]

_FORMAT: Final = 1


@dataclass(slots=True)
class Live:
    """What is there, by id; definitions by `pipelines/orders`. `recorded`: the hash of each resource that was applied last."""

    exists: bool = True
    libraries: dict[str, LibraryVersion] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    transformations: dict[str, Transformation] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    content: str = ""
    """What is recorded, as it was written."""


def read_live(client: Client, workspace: str) -> Live:
    """What a server has. Raises CallerError PRECONDITION: what was applied last is nothing that this program wrote."""
    try:
        applied = client.get_applied(workspace)
    except CallerError as wrong:
        if wrong.code is not Code.NOT_FOUND:
            raise
        return Live(exists=False)
    live = Live(recorded=_recorded(applied.content), revision=applied.revision, content=applied.content)
    live.libraries = {one.handle: one for one in all_pages(lambda n, token: client.list_libraries(workspace, n, token))}
    live.tables = {one.id: one for one in all_pages(lambda n, token: client.list_tables(workspace, n, token))}
    found = all_pages(lambda n, token: client.list_transformations(workspace, n, token))
    live.transformations = {one.id: one for one in found}
    for kind in get_args(DefinitionKind):
        # A hundred at a time: each comes with its YAML.
        for one in all_pages(lambda n, token, kind=kind: client.list_definitions(workspace, kind, n, token), 100):  # type: ignore[misc]  # mypy knows no defaults of lambdas
            live.definitions[f"{kind}/{one.id}"] = one
    return live


def record_text(resources: Mapping[str, str]) -> str:
    """What is to be remembered: the hash of each resource by name."""
    return orjson.dumps({"format": _FORMAT, "resources": dict(resources)}, option=orjson.OPT_SORT_KEYS).decode()


def _recorded(content: str) -> dict[str, str]:
    try:
        told: Any = orjson.loads(content) if content else {"format": _FORMAT, "resources": {}}
        if told["format"] == _FORMAT:
            return {str(name): str(digest) for name, digest in told["resources"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        pass
    raise CallerError(
        Code.PRECONDITION, "what was applied to the workspace last was written by another, perhaps newer, program"
    )
