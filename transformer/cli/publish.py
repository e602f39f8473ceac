"""`transformer publish`: a source file becomes a version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from transformer.capabilities import NOTHING, Capabilities
from transformer.cli.code import SourceFile, read_source
from transformer.cli.discovery import case_files, publishable
from transformer.cli.exits import CommandError, Exit
from transformer.cli.server import SERVER_SETTINGS, check_id, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import findings, print_json, print_lines, say
from transformer.cli.words import many
from transformer.client import Client, Version
from transformer.engines.catalog import ENGINES, SUFFIXES
from transformer.errors import CallerError, Code, Problem
from transformer.settings import Settings

__all__ = ["PUBLISH", "publish_file"]

_BINARY_SECONDS: Final = 180.0
"""A large one is compiled for a while, behind others perhaps."""


def publish(
    file: Annotated[Path, typer.Argument(help=f"The code ({', '.join(SUFFIXES)}).", metavar="FILE")],
    name: Annotated[str, typer.Option(help="The transformation.", metavar="NAME")],
    cases: Annotated[
        Path | None, typer.Option(help="Cases: a file or a folder, instead of those beside the code.", metavar="PATH")
    ] = None,
    activate: Annotated[bool, typer.Option("--activate", help="Make the version live.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Have everything checked, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the version as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Publish code as a version of a transformation, and print the version's name.

    The server compiles the code, tries it on sample events and runs its cases, in a confined worker. Code that does not hold is
    refused, and its problems are printed as `check` prints them. Workspace and transformation are created if they do not exist.
    The same content published again is the same version. What the code may ask of the host stands in scrub.manifest.yaml beside
    scrub.py, or in manifest.yaml.
    """
    check_id(name)
    source = read_source(file)
    tests = publishable(_chosen(cases) if cases else case_files(file))
    capabilities = source.capabilities
    with connect(settings) as client:
        try:
            version = publish_file(client, settings.workspace, name, source, tests, capabilities, dry_run=dry_run)
        except CallerError as wrong:
            if wrong.code is not Code.CODE_REFUSED:
                raise
            print_lines(findings(source.where, wrong.problems or [Problem(wrong.message)]))
            return Exit.NOT_HELD
        if activate and not dry_run:
            client.activate_version(settings.workspace, name, version.number)
    warnings = [Problem(found.message, found.line, found.column) for found in version.warnings]
    for line in findings(source.where, warnings, "warning"):
        say(line, "yellow")
    if dry_run:
        say(f"{name} holds with {many(len(tests), 'case')}; it would be version {version.number}", "green")
    elif activate:
        say(f"{name}@{version.number} is published and live", "green")
    else:
        say(f"{name}@{version.number} is published; transformer activate {name} {version.number} makes it live", "green")
    if as_json:
        print_json(
            {
                "name": version.name,
                "version": version.number,
                "content_hash": version.content_hash,
                "entry_point": version.entry_point,
                "cases": sorted(tests),
                "capabilities": version.capabilities.as_dict(),
                "live": activate and not dry_run,
                "dry_run": dry_run,
            }
        )
    else:
        print_lines([version.name])
    return Exit.OK


def publish_file(
    client: Client,
    workspace: str,
    name: str,
    source: SourceFile,
    cases: dict[str, bytes],
    capabilities: Capabilities = NOTHING,
    *,
    dry_run: bool = False,
) -> Version:
    """Publish `source`, and create first what it needs to exist; says so.

    Raises CallerError CODE_REFUSED with the problems; a transformation that was created for it is gone again then.
    """
    seconds = _BINARY_SECONDS if ENGINES[source.engine].binary else None

    def create() -> Version:
        try:
            return client.create_version(
                workspace,
                name,
                source.text,
                engine=source.engine,
                cases=cases,
                capabilities=capabilities,
                validate_only=dry_run,
                timeout=seconds,
            )
        except CallerError as wrong:
            if wrong.code is not Code.BATCH_TOO_LARGE:  # more than the server reads at all: it has not seen what it was
                raise
            told = f"{source.where}: {source.size} bytes are more than the server reads ({wrong.message}); make it smaller"
            raise CommandError(told, Exit.REFUSED) from None

    try:
        return create()
    except CallerError as wrong:
        if wrong.code is not Code.NOT_FOUND:
            raise
    if dry_run:
        raise CommandError(
            f"there is no transformation {name} in workspace {workspace} to publish to; "
            "`transformer check` and `transformer test` try code that has none",
            Exit.REFUSED,
        )
    if _created(lambda: client.create_workspace(workspace)):
        say(f"created workspace {workspace}")
    if not _created(lambda: client.create_transformation(workspace, name)):
        return create()
    try:
        version = create()
    except CallerError:
        client.delete_transformation(workspace, name)  # it was made for a version that there will not be
        raise
    say(f"created transformation {name}")
    return version


def _created(create: Callable[[], object]) -> bool:
    try:
        create()
    except CallerError as wrong:
        if wrong.code is not Code.ALREADY_EXISTS:
            raise
        return False
    return True


def _chosen(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(path.glob("*.json"))
    if not found:
        raise CommandError(f"{path}: no case was found here; cases are *.json files")
    return found


PUBLISH = CommandSpec(
    name="publish",
    run=publish,
    settings=SERVER_SETTINGS,
    examples=(
        "transformer publish scrub.py --name scrub --activate",
        "transformer publish host.ts --name host --cases tests/host/ --dry-run",
    ),
)
