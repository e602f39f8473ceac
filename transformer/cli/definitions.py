"""`transformer pipeline` and `transformer destination`: what a workspace says in YAML, pushed, shown, moved and deleted.

Both are definitions and have the same commands; a pipeline can be run besides (`transformer send --pipeline` does the same).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.server import SERVER_SETTINGS, all_pages, connect, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, print_table, say
from transformer.cli.words import moment
from transformer.client import Definition, DefinitionVersion
from transformer.client.definitions import DefinitionKind
from transformer.destinations.lines import DefinitionError
from transformer.pipelines.reading import read_destination, read_pipeline
from transformer.settings import Settings

__all__ = ["DEFINITIONS", "read_definition_file"]

_Name = Annotated[str, typer.Argument(help="The id.", metavar="NAME")]
_File = Annotated[Path, typer.Argument(help="The YAML.", metavar="FILE")]
_As = Annotated[str, typer.Option("--name", help="The id; the file's name without its endings for none.", metavar="NAME")]
_Version = Annotated[str, typer.Argument(help="The number of the version.", metavar="VERSION")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Have everything checked, and change nothing.")]
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MAX_BYTES: Final = 256 * 1024


def read_definition_file(file: Path, kind: DefinitionKind) -> str:
    """The YAML in a file, read as the server will. Raises CommandError: it cannot be read, or is wrong, and where."""
    try:
        content = file.read_bytes()
        text = content.decode()
    except OSError as wrong:
        raise CommandError(f"{file}: {(wrong.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError as wrong:
        raise CommandError(f"{file}: byte {wrong.start} is not UTF-8") from None
    if len(content) > _MAX_BYTES:
        raise CommandError(f"{file}: {len(content)} bytes are too many; at most {_MAX_BYTES}")
    try:
        (read_pipeline if kind == "pipelines" else read_destination)(text, str(file))
    except DefinitionError as wrong:
        raise CommandError("\n".join(wrong.problems)) from None
    return text


@dataclass(frozen=True, slots=True)
class _Commands:
    """The commands of one kind. Each method is a function for Typer, with what it takes; `noun` stands for the kind."""

    kind: DefinitionKind
    noun: str

    def push(
        self, file: _File, name: _As = "", dry_run: _DryRun = False, as_json: AsJson = False, *, settings: Settings
    ) -> Exit:
        """Push YAML as the next version, and make it live: requests run it from their next batches on.

        It is checked first, here and by the server: what it names must be there, and parameters and settings must be what they
        should be. Content that a version has already becomes live again as that version.
        """
        content = read_definition_file(file, self.kind)
        definition = name or file.name.partition(".")[0]
        if not _ID.fullmatch(definition):
            told = 'an id is 1 to 63 characters: a lower-case letter or digit, then those, "-" and "_"'
            raise CommandError(f"{definition or file}: cannot be the id of a {self.noun}; say another with --name: {told}")
        with connect(settings) as client:
            made = client.push_definition(settings.workspace, self.kind, definition, content, validate_only=dry_run)
        for warning in made.warnings:
            say(warning, "yellow")
        if dry_run:
            say(f"{definition} is good; it would be version {made.number}", "green")
        else:
            say(f"{definition}@{made.number} is live", "green")
        if as_json:
            print_json({**_version_as_json(made), "warnings": list(made.warnings), "dry_run": dry_run})
        else:
            print_lines([made.name])
        return Exit.OK

    def list_(self, as_json: AsJson = False, *, settings: Settings) -> Exit:
        """List those of the workspace, with the version of each that is live."""
        with connect(settings) as client:
            found = list(all_pages(lambda size, token: client.list_definitions(settings.workspace, self.kind, size, token)))
        if as_json:
            print_json([_as_json(one) for one in found])
        elif found:
            rows = [
                (one.id, str(one.live.number), str(one.latest_version), moment(one.updated), one.live.actor) for one in found
            ]
            print_table((self.noun, "live", "latest", "changed", "by"), rows, right=(1, 2))
        else:
            say(f"workspace {settings.workspace} has no {self.kind}")
        return Exit.OK

    def show(self, name: _Name, as_json: AsJson = False, *, settings: Settings) -> Exit:
        """Print the YAML of the live version."""
        with connect(settings) as client:
            one = client.get_definition(settings.workspace, self.kind, name)
        if as_json:
            print_json(_as_json(one))
            return Exit.OK
        say(f"{one.live.name}, pushed {moment(one.live.created)} by {one.live.actor}")
        print_lines(one.live.content.rstrip("\n").split("\n"))
        return Exit.OK

    def versions(self, name: _Name, as_json: AsJson = False, *, settings: Settings) -> Exit:
        """List the versions, newest first."""
        with connect(settings) as client:
            live = client.get_definition(settings.workspace, self.kind, name).live.number
            found = list(
                all_pages(lambda size, token: client.list_definition_versions(settings.workspace, self.kind, name, size, token))
            )
        if as_json:
            print_json([{**_version_as_json(one), "live": one.number == live} for one in found])
            return Exit.OK
        rows = [
            (str(one.number), "live" if one.number == live else "", one.content_hash[:12], moment(one.created), one.actor)
            for one in found
        ]
        print_table(("version", "", "content", "pushed", "by"), rows, right=(0,))
        return Exit.OK

    def activate(self, name: _Name, version: _Version, as_json: AsJson = False, *, settings: Settings) -> Exit:
        """Make a version live; an older one, too."""
        number = version_number(version, name)
        with connect(settings) as client:
            one = client.activate_definition_version(settings.workspace, self.kind, name, number)
        say(f"{name}@{number} is live", "green")
        if as_json:
            print_json(_as_json(one))
        return Exit.OK

    def delete(self, name: _Name, *, settings: Settings) -> Exit:
        """Delete it with its versions."""
        with connect(settings) as client:
            client.delete_definition(settings.workspace, self.kind, name)
        say(f"deleted {name}", "green")
        return Exit.OK

    def specs(self) -> tuple[CommandSpec, ...]:
        """The commands."""
        noun, one = self.noun, "orders" if self.kind == "pipelines" else "amplitude"
        runs: tuple[tuple[str, Callable[..., Exit], tuple[str, ...]], ...] = (
            ("push", self.push, (f"{one}.yaml", f"{self.kind}/{one}.yaml --dry-run")),
            ("list", self.list_, ("", "--json")),
            ("show", self.show, (one,)),
            ("versions", self.versions, (one,)),
            ("activate", self.activate, (f"{one} 2",)),
            ("delete", self.delete, (one,)),
        )
        return tuple(
            CommandSpec(
                name=f"{noun} {verb}",
                run=run,
                settings=SERVER_SETTINGS,
                examples=tuple(f"transformer {noun} {verb} {example}".rstrip() for example in examples),
            )
            for verb, run, examples in runs
        )


def _as_json(one: Definition) -> dict[str, object]:
    return {
        "name": one.name,
        "id": one.id,
        "created": one.created.isoformat(),
        "updated": one.updated.isoformat(),
        "latest_version": one.latest_version,
        "live": _version_as_json(one.live),
    }


def _version_as_json(one: DefinitionVersion) -> dict[str, object]:
    return {
        "name": one.name,
        "version": one.number,
        "content": one.content,
        "content_hash": one.content_hash,
        "created": one.created.isoformat(),
        "actor": one.actor,
    }


DEFINITIONS: Final = (*_Commands("pipelines", "pipeline").specs(), *_Commands("destinations", "destination").specs())
