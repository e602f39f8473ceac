"""`transformer list`: the transformations of a workspace, or the versions of a transformation."""

from __future__ import annotations

from typing import Annotated

import typer

from transformer.cli.exits import Exit
from transformer.cli.server import SERVER_SETTINGS, all_pages, check_id, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_table, say
from transformer.cli.words import held, held_as_json, moment
from transformer.client import Client, Transformation, Version
from transformer.settings import Settings

__all__ = ["LIST"]


def list_(
    name: Annotated[
        str | None, typer.Argument(help="A transformation, to list its versions.", metavar="NAME", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """List the transformations of the workspace; with a name, the versions of that one, newest first."""
    with connect(settings) as client:
        if name is None:
            _transformations(client, settings.workspace, as_json=as_json)
        else:
            _versions(client, settings.workspace, check_id(name), as_json=as_json)
    return Exit.OK


def _transformations(client: Client, workspace: str, *, as_json: bool) -> None:
    found = list(all_pages(lambda size, token: client.list_transformations(workspace, size, token)))
    if as_json:
        print_json([_transformation(one) for one in found])
    elif found:
        rows = [
            (one.id, _number(one.live_version), _number(one.latest_version), moment(one.updated), one.description)
            for one in found
        ]
        print_table(("name", "live", "latest", "changed", "description"), rows, right=(1, 2))
        for version in (version for one in found for version in one.quarantines):
            say(held(version), "yellow")
    else:
        say(f"workspace {workspace} has no transformations")


def _versions(client: Client, workspace: str, name: str, *, as_json: bool) -> None:
    found = list(all_pages(lambda size, token: client.list_versions(workspace, name, size, token)))
    aliases = list(all_pages(lambda size, token: client.list_aliases(workspace, name, size, token)))
    marks = {one.number: [alias.id for alias in aliases if alias.version == one.number] for one in found}
    if as_json:
        print_json([{**_version(one), "aliases": marks[one.number]} for one in found])
    elif found:
        rows = [
            (str(one.number), ", ".join(marks[one.number]), one.engine, one.content_hash[:12], moment(one.created), one.actor)
            for one in found
        ]
        print_table(("version", "aliases", "engine", "content", "published", "by"), rows, right=(0,))
        for version in (one.quarantine for one in found if one.quarantine):
            say(held(version), "yellow")
    else:
        say(f"{name} has no versions")


def _transformation(one: Transformation) -> dict[str, object]:
    return {
        "name": one.name,
        "transformation": one.id,
        "description": one.description,
        "live_version": one.live_version,
        "latest_version": one.latest_version,
        "created": one.created.isoformat(),
        "updated": one.updated.isoformat(),
        "quarantines": list(map(held_as_json, one.quarantines)),
    }


def _version(one: Version) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.number,
        "engine": one.engine,
        "entry_point": one.entry_point,
        "content_hash": one.content_hash,
        "created": one.created.isoformat(),
        "actor": one.actor,
        "quarantine": held_as_json(one.quarantine) if one.quarantine else None,
    }


def _number(version: int) -> str:
    return str(version) if version else "-"


LIST = CommandSpec(
    name="list", run=list_, settings=SERVER_SETTINGS, examples=("transformer list", "transformer list scrub --json")
)
