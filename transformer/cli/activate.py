"""`transformer activate`, `deactivate` and `rollback`: which version an alias points to."""

from __future__ import annotations

from typing import Annotated

import typer

from transformer.cli.exits import Exit
from transformer.cli.server import SERVER_SETTINGS, check_id, connect, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, say
from transformer.client import Alias
from transformer.settings import Settings

__all__ = ["ACTIVATE", "DEACTIVATE", "ROLLBACK", "alias_as_json"]

_NAME = typer.Argument(help="The transformation.", metavar="NAME")
_JSON = typer.Option("--json", help="Print the alias as JSON.")


def activate(
    name: Annotated[str, _NAME],
    version: Annotated[str, typer.Argument(help="The number of the version.", metavar="VERSION")],
    alias: Annotated[str, typer.Option(help="The alias to move.", metavar="NAME")] = "live",
    percent: Annotated[float, typer.Option(help="For canary: the share of users that get it.", min=0, max=100)] = 0.0,
    as_json: Annotated[bool, _JSON] = False,
    *,
    settings: Settings,
) -> Exit:
    """Point an alias at a version: `live` serves everybody, `canary` its share of users.

    Running servers follow within a second. Users are told apart by their ordering key, so that one user always gets the same.
    """
    check_id(alias)
    with connect(settings) as client:
        number = version_number(version, check_id(name))
        moved = client.activate_version(settings.workspace, name, number, alias=alias, percent=percent)
    return _told(moved, "activated", as_json=as_json)


def rollback(
    name: Annotated[str, _NAME],
    alias: Annotated[str, typer.Option(help="The alias to move.", metavar="NAME")] = "live",
    as_json: Annotated[bool, _JSON] = False,
    *,
    settings: Settings,
) -> Exit:
    """Point an alias back at the version that it pointed to before."""
    with connect(settings) as client:
        moved = client.rollback_alias(settings.workspace, check_id(name), check_id(alias))
    return _told(moved, "rolled back", as_json=as_json)


def deactivate(
    name: Annotated[str, _NAME],
    alias: Annotated[str, typer.Option(help="The alias to remove.", metavar="NAME")],
    *,
    settings: Settings,
) -> Exit:
    """Remove an alias. Without `canary`, everybody gets `live`; without `live`, the transformation serves nobody."""
    with connect(settings) as client:
        client.delete_alias(settings.workspace, check_id(name), check_id(alias))
    say(f"removed: {name}@{alias} points to nothing", "green")
    return Exit.OK


def alias_as_json(alias: Alias) -> dict[str, object]:
    """An alias for scripts."""
    return {
        "name": alias.name,
        "alias": alias.id,
        "version": alias.version,
        "percent": alias.percent,
        "updated": alias.updated.isoformat(),
        "actor": alias.actor,
    }


def _told(alias: Alias, what: str, *, as_json: bool) -> Exit:
    share = f" for {alias.percent:g} % of users" if alias.percent else ""
    say(f"{what}: {alias.transformation}@{alias.id} is version {alias.version}{share}", "green")
    if as_json:
        print_json(alias_as_json(alias))
    else:
        print_lines([f"{alias.transformation}@{alias.version}"])
    return Exit.OK


ACTIVATE = CommandSpec(
    name="activate",
    run=activate,
    settings=SERVER_SETTINGS,
    examples=("transformer activate scrub 3", "transformer activate scrub 4 --alias canary --percent 10"),
)
ROLLBACK = CommandSpec(name="rollback", run=rollback, settings=SERVER_SETTINGS, examples=("transformer rollback scrub",))
DEACTIVATE = CommandSpec(
    name="deactivate", run=deactivate, settings=SERVER_SETTINGS, examples=("transformer deactivate scrub --alias canary",)
)
