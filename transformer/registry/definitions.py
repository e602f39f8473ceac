"""The registry's door for pipelines and destinations."""

from __future__ import annotations

from dataclasses import asdict

from transformer.registry import store_applied, store_definitions
from transformer.registry.database import Database
from transformer.registry.definition_records import Applied, Change, Definition, DefinitionDraft, DefinitionVersion
from transformer.registry.mutation import Mutation
from transformer.registry.records import ANYBODY, Call, Page
from transformer.registry.requests import mutate

__all__ = ["DefinitionStore"]


class DefinitionStore:
    """Definitions in a database. Raises as `Store` does; `kind` is "pipelines" or "destinations"."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def push(self, workspace: str, draft: DefinitionDraft, *, call: Call = ANYBODY) -> DefinitionVersion:
        """Make YAML that was checked the next version, and live. Raises PRECONDITION too: it names what is not there."""
        return mutate(
            self._database,
            call,
            "PushDefinition",
            workspace,
            {"definition": f"{draft.kind}/{draft.id}", "content": draft.content},
            lambda m: store_definitions.push(m, workspace, draft),
        )

    def apply(self, workspace: str, change: Change, *, call: Call = ANYBODY) -> list[DefinitionVersion]:
        """Change all of it or nothing. Raises as `push`, and STALE_ETAG where something is not as the caller knows it."""
        made: list[DefinitionVersion] = []

        def carry_out(mutation: Mutation) -> None:
            made.extend(store_applied.apply(mutation, workspace, change))

        mutate(self._database, call, "ApplyDefinitions", workspace, asdict(change), carry_out)
        if change.definitions and not made:  # a repeated request: it was carried out
            return [self.find(workspace, draft.kind, draft.id) for draft in change.definitions]
        return made

    def applied(self, workspace: str) -> Applied:
        """What was applied last."""
        with self._database.reading() as session:
            return store_applied.get(session, workspace)

    def get(self, workspace: str, kind: str, definition: str) -> Definition:
        """With its live version."""
        with self._database.reading() as session:
            return store_definitions.get(session, workspace, kind, definition)

    def find(self, workspace: str, kind: str, definition: str, number: int = 0) -> DefinitionVersion:
        """A version, the live one for 0."""
        with self._database.reading() as session:
            return store_definitions.find(session, workspace, kind, definition, number)

    def page(self, workspace: str, kind: str, page_size: int = 0, page_token: str = "") -> Page[Definition]:
        """By id."""
        with self._database.reading() as session:
            return store_definitions.page(session, workspace, kind, page_size, page_token)

    def versions(
        self, workspace: str, kind: str, definition: str, page_size: int = 0, page_token: str = ""
    ) -> Page[DefinitionVersion]:
        """Newest first."""
        with self._database.reading() as session:
            return store_definitions.versions(session, workspace, kind, definition, page_size, page_token)

    def activate(self, workspace: str, kind: str, definition: str, number: int, *, call: Call = ANYBODY) -> Definition:
        """Make a version live; one that is already changes nothing."""
        return mutate(
            self._database,
            call,
            "ActivateDefinitionVersion",
            workspace,
            {"definition": f"{kind}/{definition}", "version": number},
            lambda m: store_definitions.activate(m, workspace, kind, definition, number),
        )

    def delete(self, workspace: str, kind: str, definition: str, *, call: Call = ANYBODY) -> None:
        """Delete it with its versions."""
        mutate(
            self._database,
            call,
            "DeleteDefinition",
            workspace,
            {"definition": f"{kind}/{definition}"},
            lambda m: store_definitions.remove(m, workspace, kind, definition),
        )
