"""Reads the workspace configuration that a data plane runs by: what of it a transformer has to do with.

Three shapes are understood: one workspace (`sources` with their `destinations`), several by their ids, and several under
`workspaces`, where sources and destinations are objects by id and `connections` join them. Names of keys are taken in any case,
as Go takes them. What is not known here is passed over; of what is read, nothing is printed but names, ids and types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from transformer.gateway.code.sources import BackendError, Kind, basic
from transformer.gateway.code.unreached import why_unreached

__all__ = ["ConfiguredDestination", "ConfiguredWorkspace", "ShapeError", "UsedTransformation", "fetch_config", "read_config"]

_MOST_BYTES: Final = 256 * 2**20
_PIECE_BYTES: Final = 64 * 1024
_USUAL: Final = "/workspaceConfig?fetchAll=true"

_SHAPES: Final = (
    "expected the workspace configuration of a data plane: an object with `sources`, or such objects by the ids of workspaces"
)


class ShapeError(ValueError):
    """This is no workspace configuration."""


@dataclass(frozen=True, slots=True)
class UsedTransformation:
    """A transformation, as a destination names it."""

    version_id: str
    id: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ConfiguredDestination:
    """A destination. `settings` may hold secrets; `at` is where the data plane has its events mapped."""

    id: str
    name: str
    type: str
    enabled: bool
    at: str
    settings: Mapping[str, Any] = field(repr=False)
    transformations: tuple[UsedTransformation, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfiguredWorkspace:
    """What one workspace has. `libraries` are version ids; `plans` are (id, version) of tracking plans."""

    id: str
    destinations: tuple[ConfiguredDestination, ...]
    libraries: tuple[str, ...] = ()
    plans: tuple[tuple[str, str], ...] = ()
    sources: int = 0


async def fetch_config(url: URL, secret: str, seconds: float) -> bytes:
    """The configuration at a URL, or where a config backend has it if the URL names no more than that.

    The user in the URL, else `secret`, is sent as the user of basic authentication. Redirects are not followed.

    Raises:
        BackendError: it cannot be had; `told` has no secret in it.
    """
    headers = basic(url.user or secret, url.password or "")
    bare = url.with_user(None)
    asked = bare if bare.path not in {"", "/"} else bare.join(URL(_USUAL))
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds), cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(asked, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status in {401, 403}:
                raise BackendError("auth", f"{asked}: not accepted ({answer.status}); name the workspace token in the URL")
            if answer.status != 200:
                kind: Kind = "unavailable" if answer.status >= 500 else "missing"
                raise BackendError(kind, f"{asked}: answered with status {answer.status}")
            body = bytearray()
            async for piece in answer.content.iter_chunked(_PIECE_BYTES):
                body += piece
                if len(body) > _MOST_BYTES:
                    raise BackendError("unusable", f"{asked}: is larger than {_MOST_BYTES} bytes")
            return bytes(body)
    except (aiohttp.ClientError, OSError, ValueError) as wrong:
        raise BackendError("unavailable", f"{asked}: {why_unreached(wrong)}") from None


def read_config(body: bytes) -> list[ConfiguredWorkspace]:
    """The workspaces of a configuration. Raises ShapeError, which quotes nothing of it."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise ShapeError(f"is not JSON: {wrong.msg} at character {wrong.pos}") from None
    if not isinstance(told, dict):
        raise ShapeError(f"is no object; {_SHAPES}")
    if _has_sources(told):
        return [_workspace(_text(told, "workspaceId"), told)]
    inner = _get(told, "workspaces")
    several = inner if isinstance(inner, dict) else told
    found = [_workspace(str(name), each) for name, each in several.items() if isinstance(each, dict) and _has_sources(each)]
    if not found:
        raise ShapeError(f"has no sources; {_SHAPES}")
    return found


def _workspace(name: str, told: Mapping[str, Any]) -> ConfiguredWorkspace:
    sources = list(_members(_get(told, "sources")))
    definitions = _get(told, "destinationDefinitions")
    destinations: dict[str, ConfiguredDestination] = {}
    apart = [each for source in sources for each in _members(_get(source[1], "destinations"))]
    for own, each in [*_members(_get(told, "destinations")), *apart]:
        if _get(each, "deleted") is not True:
            made = _destination(own, each, definitions if isinstance(definitions, dict) else {})
            destinations.setdefault(made.id or f"#{len(destinations)}", made)
    libraries = [_text(each, "versionId") for _, each in _members(_get(told, "libraries"))]
    plans = [plan for _, source in sources if (plan := _plan(source)) is not None]
    return ConfiguredWorkspace(
        name or next((_text(each, "workspaceId") for _, each in sources if _text(each, "workspaceId")), ""),
        tuple(destinations.values()),
        tuple(dict.fromkeys(filter(None, libraries))),
        tuple(dict.fromkeys(plans)),
        len(sources),
    )


def _destination(own: str, told: Mapping[str, Any], definitions: Mapping[str, Any]) -> ConfiguredDestination:
    definition = _get(told, "destinationDefinition")
    kind = _text(definition, "name") or _text(told, "destinationDefinitionName")
    if not isinstance(definition, dict):
        definition = definitions.get(kind)
    settings = _get(told, "config")
    used = [
        UsedTransformation(_text(each, "versionId"), _text(each, "id"), _text(each, "language"))
        for _, each in _members(_get(told, "transformations"))
    ]
    return ConfiguredDestination(
        id=_text(told, "id") or own,
        name=_text(told, "name"),
        type=kind,
        enabled=_get(told, "enabled") is not False,
        at=_text(_get(definition, "config"), "transformAtV1") or "processor",
        settings=settings if isinstance(settings, dict) else {},
        transformations=tuple(each for each in used if each.version_id),
    )


def _plan(source: Mapping[str, Any]) -> tuple[str, str] | None:
    config = _get(source, "dgSourceTrackingPlanConfig")
    plan = _get(config, "trackingPlan")
    if _get(config, "deleted") is True or not _text(plan, "id"):
        return None
    version = _get(plan, "version")
    return _text(plan, "id"), str(version) if isinstance(version, (str, int)) else ""


def _has_sources(told: Mapping[str, Any]) -> bool:
    return isinstance(_get(told, "sources"), (list, dict))


def _members(told: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list, or of an object by id, each with that id."""
    if isinstance(told, dict):
        yield from ((str(name), each) for name, each in told.items() if isinstance(each, dict))
    elif isinstance(told, list):
        yield from (("", each) for each in told if isinstance(each, dict))


def _get(told: Any, name: str) -> Any:
    """A member of an object, by its name in whatever case; None for none, or where it is no object."""
    if not isinstance(told, dict):
        return None
    if name in told:
        return told[name]
    wanted = name.lower()
    return next((value for key, value in told.items() if isinstance(key, str) and key.lower() == wanted), None)


def _text(told: Any, name: str) -> str:
    found = _get(told, name)
    return found if isinstance(found, str) else ""
