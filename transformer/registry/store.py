"""The registry's door: every question and every mutation as one method, each of them one transaction.

Synchronous, because transactions are: asynchronous callers go through `ask`. The data path does not come here for
each batch; it asks the `Catalogue` (`cache.py`), which keeps what it learned here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from sqlalchemy import select

from transformer.registry import (
    store_aliases,
    store_audit,
    store_keys,
    store_quarantines,
    store_routes,
    store_transformations,
    store_versions,
    store_workspaces,
)
from transformer.registry.checks import check_draft
from transformer.registry.content import content_hash
from transformer.registry.database import Database
from transformer.registry.definitions import DefinitionStore
from transformer.registry.diff import manifest_text, readable, unified
from transformer.registry.libraries import LibraryStore
from transformer.registry.migrate import migrate
from transformer.registry.model import GenerationRow
from transformer.registry.names import Reference
from transformer.registry.records import (
    ANYBODY,
    Alias,
    AliasChange,
    ApiKey,
    AuditEntry,
    Call,
    KeyChange,
    KeyDraft,
    Page,
    Quarantine,
    Route,
    Transformation,
    Version,
    VersionDraft,
    Workspace,
)
from transformer.registry.requests import mutate
from transformer.registry.secrets import SecretStore
from transformer.registry.tables import TableStore
from transformer.registry.threads import Threads

__all__ = ["Store"]

_THREADS: Final = 8
_WAITING: Final = 256

P = ParamSpec("P")
R = TypeVar("R")


class Store:
    """The registry in the database at `url`. Thread-safe; connects when it is first used.

    Every method raises CallerError with NOT_FOUND, naming what does not exist, or BAD_REQUEST, naming the field, and
    PlatformError with REGISTRY_UNAVAILABLE for any trouble with the database; then nothing was changed. Mutations raise
    REQUEST_ID_REUSED too, and STALE_ETAG where an etag that was given is not the current one. Lists take a page size (0 for
    50, at most 1000) and the token of the page before.

    Args:
        url: `sqlite:///FILE` or `postgresql://…`.
        busy_seconds: how long to wait for another writer before giving up.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        self._database = Database(url, busy_seconds=busy_seconds)
        self._threads = Threads("registry", _THREADS, _WAITING)
        self.secrets = SecretStore(self._database)
        self.tables = TableStore(self._database)
        self.libraries = LibraryStore(self._database)
        self.definitions = DefinitionStore(self._database)

    @property
    def place(self) -> str:
        """Which database this is, in words that hold no secret."""
        return self._database.place

    @property
    def file(self) -> Path | None:
        """The database's file, if it is one."""
        return self._database.file

    async def ask(self, method: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `method`, one of this store's, answers, without the event loop waiting for it.

        Raises PlatformError (REGISTRY_UNAVAILABLE) where too many wait for an answer already.
        """
        return await self._threads.run(method, *args, **kwargs)

    def migrate(self, *, create: bool = True) -> None:
        """Bring the database to the shape that this code knows; create it if need be. Safe in several processes at once.

        Raises:
            NewerError: a newer version of this program has written to it.
            PlatformError: REGISTRY_UNAVAILABLE: no access; or, without `create`, the SQLite file is missing.
        """
        migrate(self._database, create=create)

    def close(self) -> None:
        """Close the connections; questions that hang are given up. Idempotent."""
        self._database.close()
        self._threads.close()

    def identity(self) -> str:
        """What tells this registry from every other, also from one that was made anew in the same place."""
        # Made by the first migration, never changed, never deleted, and exact to the microsecond.
        return self.get_workspace("default").created.isoformat()

    def generation(self) -> int:
        """A number that grows with every mutation: equal numbers mean that nothing changed in between."""
        with self._database.reading() as session:
            return session.scalars(select(GenerationRow.value)).one()

    def create_workspace(self, workspace: str, description: str, *, call: Call = ANYBODY) -> Workspace:
        """Raises ALREADY_EXISTS too."""
        request = {"workspace": workspace, "description": description}
        return mutate(
            self._database, call, "CreateWorkspace", "", request, lambda m: store_workspaces.create(m, workspace, description)
        )

    def get_workspace(self, workspace: str) -> Workspace:
        """One workspace."""
        with self._database.reading() as session:
            return store_workspaces.get(session, workspace)

    def list_workspaces(self, page_size: int = 0, page_token: str = "") -> Page[Workspace]:
        """By id."""
        with self._database.reading() as session:
            return store_workspaces.page(session, page_size, page_token)

    def create_transformation(
        self, workspace: str, transformation: str, description: str, *, call: Call = ANYBODY
    ) -> Transformation:
        """With no version yet. Raises ALREADY_EXISTS too."""
        request = {"transformation": transformation, "description": description}
        return mutate(
            self._database,
            call,
            "CreateTransformation",
            workspace,
            request,
            lambda m: store_transformations.create(m, workspace, transformation, description),
        )

    def get_transformation(self, workspace: str, transformation: str) -> Transformation:
        """One transformation."""
        with self._database.reading() as session:
            return store_transformations.get(session, workspace, transformation)

    def list_transformations(self, workspace: str, page_size: int = 0, page_token: str = "") -> Page[Transformation]:
        """By id."""
        with self._database.reading() as session:
            return store_transformations.page(session, workspace, page_size, page_token)

    def update_transformation(
        self, workspace: str, transformation: str, description: str, *, etag: str = "", call: Call = ANYBODY
    ) -> Transformation:
        """Change the description; the same one again changes nothing."""
        request = {"transformation": transformation, "description": description, "etag": etag}
        return mutate(
            self._database,
            call,
            "UpdateTransformation",
            workspace,
            request,
            lambda m: store_transformations.update(m, workspace, transformation, description, etag),
        )

    def delete_transformation(self, workspace: str, transformation: str, *, etag: str = "", call: Call = ANYBODY) -> None:
        """Delete it with its versions, aliases and their history; the audit trail stays. Not while a live pipeline runs it."""
        request = {"transformation": transformation, "etag": etag}
        mutate(
            self._database,
            call,
            "DeleteTransformation",
            workspace,
            request,
            lambda m: store_transformations.remove(m, workspace, transformation, etag),
        )

    def add_version(
        self,
        workspace: str,
        transformation: str,
        draft: VersionDraft,
        *,
        allow_missing: bool = False,
        call: Call = ANYBODY,
    ) -> Version:
        """Keep code that `publish` has checked. Content that a version has already gives that version and changes nothing.

        With `allow_missing`, the transformation is created where there is none.
        """
        check_draft(draft)
        digest = content_hash(
            draft.engine, draft.source, draft.cases, capabilities=draft.capabilities, libraries=draft.libraries
        )
        request = {"transformation": transformation, "content": digest}
        return mutate(
            self._database,
            call,
            "CreateVersion",
            workspace,
            request,
            lambda m: store_versions.add(m, workspace, transformation, draft, allow_missing=allow_missing),
        )

    def find_version(self, workspace: str, transformation: str, digest: str, *, allow_missing: bool = False) -> Version | None:
        """The version with this content hash, or None; with `allow_missing`, also where there is no such transformation."""
        with self._database.reading() as session:
            return store_versions.find(session, workspace, transformation, digest, allow_missing=allow_missing)

    def get_version(self, workspace: str, transformation: str, number: int) -> Version:
        """With source and cases."""
        with self._database.reading() as session:
            return store_versions.get(session, workspace, transformation, number)

    def list_versions(self, workspace: str, transformation: str, page_size: int = 0, page_token: str = "") -> Page[Version]:
        """Newest first; `source` is "" and `cases` is () in each."""
        with self._database.reading() as session:
            return store_versions.page(session, workspace, transformation, page_size, page_token)

    def diff(self, workspace: str, transformation: str, base: int, target: int) -> str:
        """What changed in source and capabilities, as a unified diff; "" where nothing did. Of a binary: in what is in it."""
        with self._database.reading() as session:
            old = store_versions.get(session, workspace, transformation, base)
            new = store_versions.get(session, workspace, transformation, target)
        texts = readable(old.engine, old.source), readable(new.engine, new.source)
        names = [f"{transformation}/versions/{number}" for number in (base, target)]
        declared = [manifest_text(version.capabilities) for version in (old, new)]
        return unified(*texts, *names) + unified(*declared, *(f"{name}/capabilities" for name in names))

    def get_alias(self, workspace: str, transformation: str, alias: str) -> Alias:
        """One alias."""
        with self._database.reading() as session:
            return store_aliases.get(session, workspace, transformation, alias)

    def list_aliases(self, workspace: str, transformation: str, page_size: int = 0, page_token: str = "") -> Page[Alias]:
        """By id."""
        with self._database.reading() as session:
            return store_aliases.page(session, workspace, transformation, page_size, page_token)

    def list_alias_history(
        self, workspace: str, transformation: str, alias: str, page_size: int = 0, page_token: str = ""
    ) -> Page[AliasChange]:
        """Newest first; of an alias that was removed too."""
        with self._database.reading() as session:
            return store_aliases.history(session, workspace, transformation, alias, page_size, page_token)

    def activate(
        self,
        workspace: str,
        transformation: str,
        alias: str,
        version: int,
        percent: float = 0.0,
        *,
        etag: str = "",
        call: Call = ANYBODY,
    ) -> Alias:
        """Point the alias at the version; `percent` is for `canary` only. Where it points already, nothing changes."""
        request = {
            "transformation": transformation,
            "alias": alias,
            "version": version,
            "percent": float(percent),
            "etag": etag,
        }
        return mutate(
            self._database,
            call,
            "ActivateVersion",
            workspace,
            request,
            lambda m: store_aliases.activate(m, workspace, transformation, alias, version, float(percent), etag),
        )

    def rollback(self, workspace: str, transformation: str, alias: str, *, etag: str = "", call: Call = ANYBODY) -> Alias:
        """Point the alias at what it pointed to before; again: further back. Raises PRECONDITION where nothing is."""
        request = {"transformation": transformation, "alias": alias, "etag": etag}
        return mutate(
            self._database,
            call,
            "RollbackAlias",
            workspace,
            request,
            lambda m: store_aliases.rollback(m, workspace, transformation, alias, etag),
        )

    def delete_alias(self, workspace: str, transformation: str, alias: str, *, etag: str = "", call: Call = ANYBODY) -> None:
        """Remove the alias; its history can still be listed. Not while a live pipeline names it."""
        request = {"transformation": transformation, "alias": alias, "etag": etag}
        mutate(
            self._database,
            call,
            "DeleteAlias",
            workspace,
            request,
            lambda m: store_aliases.remove(m, workspace, transformation, alias, etag),
        )

    def create_key(self, draft: KeyDraft, *, call: Call = ANYBODY) -> ApiKey:
        """Keep a key. A repeated request gives the key of the first one, whose id differs from the draft's.

        Raises PRECONDITION where there are as many keys as there may be.
        """
        return mutate(
            self._database,
            call,
            "CreateKey",
            draft.workspace,
            store_keys.equal_requests(draft),
            lambda m: store_keys.create(m, draft),
        )

    def get_key(self, key: str, *, scope: str = "") -> ApiKey:
        """One key; with a scope, only if it acts in that workspace and no other."""
        with self._database.reading() as session:
            return store_keys.get(session, key, scope)

    def list_keys(self, workspace: str = "", page_size: int = 0, page_token: str = "") -> Page[ApiKey]:
        """Newest first, those that expired or were revoked too; of a workspace those that act in it and no other."""
        with self._database.reading() as session:
            return store_keys.page(session, workspace, page_size, page_token)

    def revoke_key(self, key: str, *, scope: str = "", call: Call = ANYBODY) -> ApiKey:
        """Revoke a key, for good; again: nothing changes. `scope` as in `get_key`."""
        return mutate(self._database, call, "RevokeKey", scope, {"key": key}, lambda m: store_keys.revoke(m, key, scope))

    def changed_keys(self, since: int) -> tuple[int, list[KeyChange]]:
        """The generation, and the keys that changed after the generation `since`; all that are valid now for 0."""
        with self._database.reading() as session:
            return store_keys.changed(session, since)

    def note_quarantines(self, server: str, notes: Sequence[Quarantine], over: Sequence[str]) -> None:
        """What a server holds from now on, and the names of versions that it lets go. Not a mutation: no version changes."""
        with self._database.writing() as session:
            store_quarantines.note(session, server, notes, over)

    def quarantines(self, workspace: str, transformation: str = "") -> list[Quarantine]:
        """The versions, of one transformation or of all, that some server holds now."""
        with self._database.reading() as session:
            return store_quarantines.find(session, workspace, transformation)

    def list_audit(self, workspace: str, page_size: int = 0, page_token: str = "") -> Page[AuditEntry]:
        """Newest first; of every workspace for `names.EVERY_WORKSPACE`."""
        with self._database.reading() as session:
            return store_audit.page(session, workspace, page_size, page_token)

    def route(self, workspace: str, reference: Reference) -> Route:
        """Which version, and which canary beside it, the reference leads to now."""
        with self._database.reading() as session:
            return store_routes.route(session, workspace, reference)
