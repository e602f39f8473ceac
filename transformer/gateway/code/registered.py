"""Our own registry as the place where code comes from: a version id names a transformation or a pipeline of the workspace.

scrub, scrub@3, scrub@beta           a transformation, one version of it, one of its aliases
transformations/scrub/versions/3     the same by its name, with or without workspaces/{workspace}/ before it
pipelines/web, pipelines/web/versions/2
"""

from __future__ import annotations

from collections.abc import Mapping

from transformer.errors import CallerError, Code
from transformer.gateway.code.sources import BackendError, CodeSource, Document
from transformer.service.planning import Chosen, Planner

__all__ = ["RegistryCode", "reference_of"]


class RegistryCode:
    """A `CodeSource` on what the planner knows. What the registry does not have, as tracking plans, `others` may."""

    def __init__(self, planner: Planner, others: CodeSource | None = None) -> None:
        self._planner = planner
        self._others = others

    async def transformation(self, workspace: str, version_id: str) -> Chosen:
        """See `CodeSource.transformation`. Raises PlatformError (REGISTRY_UNAVAILABLE), too."""
        try:
            return await self._planner.choose(workspace, reference_of(version_id))
        except CallerError as wrong:
            # A secret that a destination lacks is no lack of the destination: 400.
            raise BackendError("missing", f"Error: {wrong.message}", 404 if wrong.code is Code.NOT_FOUND else 400) from None

    async def library(self, workspace: str, version_id: str) -> Document:
        """Libraries that a version of ours imports were pinned when it was published."""
        if self._others is None:
            raise BackendError("missing", f"Error: Transformation Library not found: {version_id[:100]}", 404)
        return await self._others.library(workspace, version_id)

    async def rudder_library(self, name: str, version: str) -> Document:
        """See `CodeSource.rudder_library`."""
        if self._others is None:
            told = f"Error: @rs/{name[:100]}/{version[:100]} not found: no config backend is set (config_backend_url)"
            raise BackendError("missing", told, 404)
        return await self._others.rudder_library(name, version)

    async def tracking_plan(self, workspace: str, plan: str, version: str) -> bytes:
        """See `CodeSource.tracking_plan`."""
        if self._others is None:
            raise BackendError("missing", "Error: Tracking plan not found: no config backend is set (config_backend_url)", 404)
        return await self._others.tracking_plan(workspace, plan, version)

    def numbers(self) -> Mapping[str, float]:
        """See `CodeSource.numbers`."""
        return {} if self._others is None else self._others.numbers()

    async def start(self) -> None:
        """See `CodeSource.start`."""
        if self._others is not None:
            await self._others.start()

    async def close(self) -> None:
        """See `CodeSource.close`."""
        if self._others is not None:
            await self._others.close()


def reference_of(version_id: str) -> str:
    """The reference that a version id means to our registry."""
    if "/" in version_id:
        return version_id
    transformation, at, which = version_id.partition("@")
    name = f"transformations/{transformation}"
    if not at:
        return name
    return f"{name}/versions/{which}" if which.isdecimal() else f"{name}/aliases/{which}"
