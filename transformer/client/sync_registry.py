"""The registry's methods, synchronous: one typed method per call of `calls.py`.

Ids are the last parts of resource names. Every method raises `transformer.errors.CallerError` where the request is wrong and
`PlatformError` where the service could not carry it out in time; `timeout` is in seconds, None for the client's own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar

from transformer.client import calls, records
from transformer.client.calls import Call

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(ABC):
    """Workspaces, transformations, versions and aliases.

    Mutations take `request_id` (made up if None, so that the client's own retries are safe), `validate_only` (check, change
    nothing) and, where a resource has one, its `etag`.
    """

    @abstractmethod
    def _carry_out(self, call: Call[T], timeout: float | None) -> T: ...

    def create_workspace(
        self,
        workspace: str,
        description: str = "",
        *,
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Workspace:
        """Create a workspace. Raises CallerError ALREADY_EXISTS."""
        return self._carry_out(calls.create_workspace(workspace, description, request_id, validate_only), timeout)

    def get_workspace(self, workspace: str, *, timeout: float | None = None) -> records.Workspace:
        """A workspace. Raises CallerError NOT_FOUND."""
        return self._carry_out(calls.get_workspace(workspace), timeout)

    def list_workspaces(
        self, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> records.Page[records.Workspace]:
        """Workspaces by name, a page of them."""
        return self._carry_out(calls.list_workspaces(page_size, page_token), timeout)

    def create_transformation(
        self,
        workspace: str,
        transformation: str,
        description: str = "",
        *,
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Transformation:
        """Create a transformation that has no version yet."""
        return self._carry_out(
            calls.create_transformation(workspace, transformation, description, request_id, validate_only), timeout
        )

    def get_transformation(
        self, workspace: str, transformation: str, *, timeout: float | None = None
    ) -> records.Transformation:
        """A transformation. Raises CallerError NOT_FOUND."""
        return self._carry_out(calls.get_transformation(workspace, transformation), timeout)

    def list_transformations(
        self, workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> records.Page[records.Transformation]:
        """Transformations of a workspace by name, a page of them."""
        return self._carry_out(calls.list_transformations(workspace, page_size, page_token), timeout)

    def update_transformation(
        self,
        workspace: str,
        transformation: str,
        description: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Transformation:
        """Change a description. Raises CallerError STALE_ETAG if `etag` is given and not current."""
        return self._carry_out(
            calls.update_transformation(workspace, transformation, description, etag, request_id, validate_only), timeout
        )

    def delete_transformation(
        self,
        workspace: str,
        transformation: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Delete a transformation with its versions and aliases; the audit trail stays."""
        self._carry_out(calls.delete_transformation(workspace, transformation, etag, request_id, validate_only), timeout)

    def create_version(
        self,
        workspace: str,
        transformation: str,
        source: str,
        *,
        engine: str = "python",
        cases: Mapping[str, bytes] | None = None,
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Version:
        """Publish code; `cases` are case files by name. Raises CallerError CODE_REFUSED with a problem per line that is wrong.

        The content of an existing version gives that version.
        """
        return self._carry_out(
            calls.create_version(workspace, transformation, source, engine, cases or {}, request_id, validate_only), timeout
        )

    def get_version(self, workspace: str, transformation: str, number: int, *, timeout: float | None = None) -> records.Version:
        """A version with its source and cases. Raises CallerError NOT_FOUND."""
        return self._carry_out(calls.get_version(workspace, transformation, number), timeout)

    def list_versions(
        self, workspace: str, transformation: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> records.Page[records.Version]:
        """Versions, newest first, without sources and cases, a page of them."""
        return self._carry_out(calls.list_versions(workspace, transformation, page_size, page_token), timeout)

    def diff_versions(
        self, workspace: str, transformation: str, base: int, target: int, *, timeout: float | None = None
    ) -> str:
        """What changed from version `base` to `target`, as a unified diff; "" where nothing did."""
        return self._carry_out(calls.diff_versions(workspace, transformation, base, target), timeout)

    def get_alias(
        self, workspace: str, transformation: str, alias: str = "live", *, timeout: float | None = None
    ) -> records.Alias:
        """An alias. Raises CallerError NOT_FOUND."""
        return self._carry_out(calls.get_alias(workspace, transformation, alias), timeout)

    def list_aliases(
        self, workspace: str, transformation: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> records.Page[records.Alias]:
        """Aliases of a transformation, a page of them."""
        return self._carry_out(calls.list_aliases(workspace, transformation, page_size, page_token), timeout)

    def activate_version(
        self,
        workspace: str,
        transformation: str,
        version: int,
        *,
        alias: str = "live",
        percent: float = 0.0,
        etag: str = "",
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Alias:
        """Point an alias at a version; `percent` is the share of a `canary`, and 0 for every other alias."""
        return self._carry_out(
            calls.activate_version(workspace, transformation, version, alias, percent, etag, request_id, validate_only), timeout
        )

    def rollback_alias(
        self,
        workspace: str,
        transformation: str,
        alias: str = "live",
        *,
        etag: str = "",
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> records.Alias:
        """Point an alias back at the version before. Raises CallerError PRECONDITION if there was none."""
        return self._carry_out(calls.rollback_alias(workspace, transformation, alias, etag, request_id, validate_only), timeout)

    def delete_alias(
        self,
        workspace: str,
        transformation: str,
        alias: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> None:
        """Remove an alias; removing `canary` ends it."""
        self._carry_out(calls.delete_alias(workspace, transformation, alias, etag, request_id, validate_only), timeout)

    def list_alias_history(
        self,
        workspace: str,
        transformation: str,
        alias: str = "live",
        page_size: int = 0,
        page_token: str = "",
        *,
        timeout: float | None = None,
    ) -> records.Page[records.AliasChange]:
        """Where an alias pointed, newest first, a page of it."""
        return self._carry_out(calls.list_alias_history(workspace, transformation, alias, page_size, page_token), timeout)

    def list_audit_entries(
        self, workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> records.Page[records.AuditEntry]:
        """Who changed what, newest first, a page of it."""
        return self._carry_out(calls.list_audit_entries(workspace, page_size, page_token), timeout)
