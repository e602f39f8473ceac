"""`transformer show` and `diff`: what a transformation is, what a version says, what changed between two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from transformer.cli.activate import alias_as_json
from transformer.cli.exits import CommandError, Exit
from transformer.cli.server import SERVER_SETTINGS, Ref, all_pages, check_id, connect, parse_ref, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import findings, line, print_json, print_table, say, stdout
from transformer.cli.words import held, held_as_json, many, moment
from transformer.client import Alias, AliasChange, Client, Version
from transformer.engines.binary import decode_binary
from transformer.engines.catalog import ENGINES
from transformer.engines.sections import describe
from transformer.errors import Problem
from transformer.settings import Settings

__all__ = ["DIFF", "SHOW"]

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def show(
    ref: Annotated[str, typer.Argument(help="A transformation; NAME@3 or NAME@live for one version.", metavar="NAME[@WHICH]")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the version's source to this file.", metavar="FILE")] = None,
    *,
    settings: Settings,
) -> Exit:
    """Print a transformation's aliases and their history; with @, the source of one version.

    Of a version only the source goes to stdout, so that `transformer show scrub@3 > scrub.py` gives the file back. Of a .wasm
    file a terminal is told what is in it; its bytes go to files and pipes only.
    """
    which = parse_ref(ref)
    whole = which.version is None and not which.alias
    if whole and output is not None:
        raise CommandError(f"--output writes the source of one version: name it, as in {ref}@1 or {ref}@live")
    with connect(settings) as client:
        if whole:
            _transformation(client, settings.workspace, which.transformation, as_json=as_json)
        else:
            _version(_resolved(client, settings.workspace, which), output, as_json=as_json)
    return Exit.OK


def diff(
    name: Annotated[str, typer.Argument(help="The transformation.", metavar="NAME")],
    base: Annotated[str, typer.Argument(help="The older version.", metavar="A")],
    target: Annotated[str, typer.Argument(help="The newer version.", metavar="B")],
    *,
    settings: Settings,
) -> Exit:
    """Print what changed from version A to version B, as a unified diff; nothing if nothing did."""
    check_id(name)
    with connect(settings) as client:
        changes = client.diff_versions(settings.workspace, name, version_number(base, name), version_number(target, name))
    console = stdout()
    for change in changes.splitlines():
        console.print(line(change, _STYLES.get(change[:1], "")), soft_wrap=True)
    return Exit.OK


def _resolved(client: Client, workspace: str, which: Ref) -> Version:
    number = which.version
    if number is None:
        number = client.get_alias(workspace, which.transformation, which.alias).version
    return client.get_version(workspace, which.transformation, number)


def _transformation(client: Client, workspace: str, name: str, *, as_json: bool) -> None:
    one = client.get_transformation(workspace, name)
    aliases = list(all_pages(lambda size, token: client.list_aliases(workspace, name, size, token)))
    histories = {alias.id: _history(client, alias) for alias in aliases}
    if as_json:
        print_json(
            {
                "name": one.name,
                "description": one.description,
                "live_version": one.live_version,
                "latest_version": one.latest_version,
                "created": one.created.isoformat(),
                "updated": one.updated.isoformat(),
                "quarantines": list(map(held_as_json, one.quarantines)),
                "aliases": [
                    {**alias_as_json(alias), "history": [_change(change) for change in histories[alias.id]]}
                    for alias in aliases
                ],
            }
        )
        return
    say(f"{one.name}{f': {one.description}' if one.description else ''}")
    say(f"latest version {one.latest_version or 'none'}, created {moment(one.created)}")
    for version in one.quarantines:
        say(held(version), "yellow")
    rows = [(alias.id, *_row(change)) for alias in aliases for change in histories[alias.id]]
    if rows:
        print_table(("alias", "version", "share", "by way of", "when", "by"), rows, right=(1, 2))


def _history(client: Client, alias: Alias) -> list[AliasChange]:
    return list(
        all_pages(lambda size, token: client.list_alias_history(alias.workspace, alias.transformation, alias.id, size, token))
    )


def _surroundings(version: Version) -> Iterator[str]:
    """What it may ask for, and what it imports."""
    for name, value in version.capabilities.as_dict().items():
        yield f"may use {name}: {', '.join(value) if isinstance(value, list) else value}"
    for name, digest in version.libraries.items():
        yield f"imports {name}, content {digest}"


def _version(version: Version, output: Path | None, *, as_json: bool) -> None:
    content = _content(version)
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as wrong:
            raise CommandError(f"{output}: {(wrong.strerror or 'cannot be written').lower()}") from None
    if as_json:
        print_json(
            {
                "name": version.name,
                "version": version.number,
                "engine": version.engine,
                "entry_point": version.entry_point,
                "content_hash": version.content_hash,
                "created": version.created.isoformat(),
                "actor": version.actor,
                "quarantine": held_as_json(version.quarantine) if version.quarantine else None,
                "capabilities": version.capabilities.as_dict(),
                "libraries": version.libraries,
                "warnings": [{"line": one.line, "column": one.column, "message": one.message} for one in version.warnings],
                "cases": [case.name for case in version.cases],
                "source": version.source,
            }
        )
        return
    published = f"published {moment(version.created)} by {version.actor}"
    say(f"{version.transformation}@{version.number}: {version.engine}, {version.entry_point}, {published}", "dim")
    say(f"content {version.content_hash}, {many(len(version.cases), 'case')}", "dim")
    for told in _surroundings(version):
        say(told, "dim")
    if version.quarantine:
        say(held(version.quarantine), "yellow")
    warnings = [Problem(one.message, one.line, one.column) for one in version.warnings]
    for warning in findings(f"{version.transformation}@{version.number}", warnings, "warning"):
        say(warning, "yellow")
    if output is not None:
        say(f"{many(len(content), 'byte')} written to {output}", "green")
    elif not _is_binary(version):
        sys.stdout.write(version.source)
    elif sys.stdout.isatty():
        sys.stdout.write(describe(content))
        say(f"{version.transformation}@{version.number} is a binary; --output FILE writes it to a file", "dim")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)


def _is_binary(version: Version) -> bool:
    return version.engine in ENGINES and ENGINES[version.engine].binary


def _content(version: Version) -> bytes:
    """The file that was published."""
    return decode_binary(version.source) if _is_binary(version) else version.source.encode()


def _change(change: AliasChange) -> dict[str, object]:
    return {
        "action": change.action,
        "version": change.version,
        "percent": change.percent,
        "time": change.time.isoformat(),
        "actor": change.actor,
    }


def _row(change: AliasChange) -> tuple[str, ...]:
    share = f"{change.percent:g} %" if change.percent else ""
    return str(change.version or "-"), share, change.action, moment(change.time), change.actor


SHOW = CommandSpec(
    name="show",
    run=show,
    settings=SERVER_SETTINGS,
    examples=(
        "transformer show scrub",
        "transformer show scrub@3 > scrub.py",
        "transformer show sample@live --output sample.wasm",
        "transformer show scrub@canary --json",
    ),
)
DIFF = CommandSpec(name="diff", run=diff, settings=SERVER_SETTINGS, examples=("transformer diff scrub 2 3",))
