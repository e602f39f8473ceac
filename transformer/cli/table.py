"""`transformer table`: push files of rows as versions of reference tables, list, show, activate and delete them."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from typing import Annotated, Final

import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.server import SERVER_SETTINGS, all_pages, connect, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, print_table, say
from transformer.cli.words import many, moment
from transformer.client import Table, TableVersion
from transformer.errors import CallerError
from transformer.settings import Settings
from transformer.tables.compiling import RowsError
from transformer.tables.reading import SUFFIXES, TYPES, parse_types, read_rows

__all__ = ["TABLE"]

_NAME: Final = typer.Argument(help="The table.", metavar="NAME")


def push(
    file: Annotated[Path, typer.Argument(help=f"The rows ({', '.join(SUFFIXES)}).", metavar="FILE")],
    key: Annotated[str, typer.Option(help="The column by whose value rows are found.", metavar="COLUMN")],
    name: Annotated[str, typer.Option(help="The table; the file's name without its ending for none.", metavar="NAME")] = "",
    types: Annotated[
        str, typer.Option(help=f"Types of columns of texts: COLUMN=TYPE,… with {', '.join(TYPES)}.", metavar="TYPES")
    ] = "",
    activate: Annotated[bool, typer.Option("--activate/--no-activate", help="Make the version live.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Have everything checked, and change nothing.")] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Push the rows of a file as the next version of a table, and print the version's name.

    Every row has a key of its own. Values of CSV are strings unless --types says otherwise. The table is created if it does not
    exist; the same rows pushed again are the same version. Running servers see it within a second, from their next batches on.
    """
    table = name or file.name.partition(".")[0]
    places = array("Q")
    try:
        rows = read_rows(file, parse_types(types), key, places)
        with connect(settings) as client:
            version = client.push_table(settings.workspace, table, rows, key, hold_back=not activate, validate_only=dry_run)
    except RowsError as wrong:
        raise CommandError(str(wrong)) from None
    except CallerError as wrong:
        if not (rows_told := re.match(r"rows: (?:line|rows) (\d+)(?: and (\d+))?\b", wrong.message)):
            raise
        lines = ", ".join(f"{file}:{places[int(row) - 1]}" for row in rows_told.groups() if row)
        raise CommandError(f"{wrong.message} ({lines})") from None
    held = f"{many(version.rows, 'row')} by {version.key}, {many(version.bytes, 'byte')}"
    if dry_run:
        say(f"{table} holds: {held}; it would be version {version.number}", "green")
    elif activate:
        say(f"{table}@{version.number} is live: {held}", "green")
    else:
        say(f"{table}@{version.number} is pushed: {held}; transformer table activate {table} {version.number}", "green")
    if as_json:
        print_json({**_version_as_json(version), "live": activate and not dry_run, "dry_run": dry_run})
    else:
        print_lines([version.name])
    return Exit.OK


def list_(as_json: AsJson = False, *, settings: Settings) -> Exit:
    """List the tables of the workspace."""
    with connect(settings) as client:
        found = list(all_pages(lambda size, token: client.list_tables(settings.workspace, size, token)))
    if as_json:
        print_json([_as_json(one) for one in found])
    elif found:
        print_table(("table", "live", "latest", "rows", "bytes", "key", "changed"), map(_row, found), right=(1, 2, 3, 4))
    else:
        say(f"workspace {settings.workspace} has no tables")
    return Exit.OK


def show(name: Annotated[str, _NAME], as_json: AsJson = False, *, settings: Settings) -> Exit:
    """Print what is known of a table: its live version, and the columns of that."""
    with connect(settings) as client:
        one = client.get_table(settings.workspace, name)
    if as_json:
        print_json(_as_json(one))
        return Exit.OK
    say(f"{one.name}, created {moment(one.created)}, latest version {one.latest_version}")
    if one.live is None:
        say("no version is live; transformer table activate makes one", "yellow")
        return Exit.OK
    live = one.live
    say(f"live: version {live.number}, {many(live.rows, 'row')} by {live.key}, {many(live.bytes, 'byte')}, by {live.actor}")
    print_table(("column", "type"), live.columns.items())
    return Exit.OK


def versions(name: Annotated[str, _NAME], as_json: AsJson = False, *, settings: Settings) -> Exit:
    """List the versions of a table, newest first."""
    with connect(settings) as client:
        live = client.get_table(settings.workspace, name).live
        found = list(all_pages(lambda size, token: client.list_table_versions(settings.workspace, name, size, token)))
    number = live.number if live else 0
    if as_json:
        print_json([{**_version_as_json(one), "live": one.number == number} for one in found])
        return Exit.OK
    rows = [
        (
            str(one.number),
            "live" if one.number == number else "",
            str(one.rows),
            str(one.bytes),
            one.key,
            one.content_hash[:12],
            moment(one.created),
            one.actor,
        )
        for one in found
    ]
    print_table(("version", "", "rows", "bytes", "key", "content", "pushed", "by"), rows, right=(0, 2, 3))
    return Exit.OK


def activate_(
    name: Annotated[str, _NAME],
    version: Annotated[str, typer.Argument(help="The number of the version.", metavar="VERSION")],
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Make a version of a table live; an older one, too."""
    number = version_number(version, name)
    with connect(settings) as client:
        one = client.activate_table_version(settings.workspace, name, number)
    say(f"{name}@{number} is live", "green")
    if as_json:
        print_json(_as_json(one))
    return Exit.OK


def delete(name: Annotated[str, _NAME], *, settings: Settings) -> Exit:
    """Delete a table with its versions. Code that looks into it is told that there is none."""
    with connect(settings) as client:
        client.delete_table(settings.workspace, name)
    say(f"deleted {name}", "green")
    return Exit.OK


def _row(one: Table) -> tuple[str, ...]:
    live = one.live
    shown = ("-", "-", "-", "") if live is None else (str(live.number), str(live.rows), str(live.bytes), live.key)
    return one.id, shown[0], str(one.latest_version), *shown[1:], moment(one.updated)


def _as_json(one: Table) -> dict[str, object]:
    return {
        "name": one.name,
        "table": one.id,
        "created": one.created.isoformat(),
        "updated": one.updated.isoformat(),
        "latest_version": one.latest_version,
        "live": _version_as_json(one.live) if one.live else None,
    }


def _version_as_json(one: TableVersion) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.number,
        "key": one.key,
        "rows": one.rows,
        "bytes": one.bytes,
        "content_hash": one.content_hash,
        "columns": dict(one.columns),
        "created": one.created.isoformat(),
        "actor": one.actor,
    }


TABLE: Final = (
    CommandSpec(
        name="table push",
        run=push,
        settings=SERVER_SETTINGS,
        examples=(
            "transformer table push plans.csv --key plan_id",
            "transformer table push plans.csv --key plan_id --types price=number,active=boolean --dry-run",
        ),
    ),
    CommandSpec(
        name="table list",
        run=list_,
        settings=SERVER_SETTINGS,
        examples=("transformer table list", "transformer table list --json"),
    ),
    CommandSpec(name="table show", run=show, settings=SERVER_SETTINGS, examples=("transformer table show plans",)),
    CommandSpec(name="table versions", run=versions, settings=SERVER_SETTINGS, examples=("transformer table versions plans",)),
    CommandSpec(
        name="table activate", run=activate_, settings=SERVER_SETTINGS, examples=("transformer table activate plans 2",)
    ),
    CommandSpec(name="table delete", run=delete, settings=SERVER_SETTINGS, examples=("transformer table delete plans",)),
)
