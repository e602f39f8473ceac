"""The program `transformer`: its way in.

A command's own errors are told in `spec.py`; here are only those of the command line itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from transformer.cli.exits import MEANINGS, Exit
from transformer.cli.loading import loading
from transformer.cli.serve import SERVE
from transformer.cli.spec import CommandSpec, Common, bind
from transformer.cli.talk import complain

__all__ = ["application", "main"]


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line as Typer has it, with all that these arguments may ask for. A new one with every call."""
    commands, groups_for = _known(arguments)
    app = typer.Typer(
        name="transformer",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Exit codes\n\n" + "\n\n".join(f"{code.value}: {meaning}" for code, meaning in MEANINGS.items()),
    )
    app.callback()(_common)
    groups: dict[str, typer.Typer] = {}
    for spec in commands:
        group, _, name = spec.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=groups_for[group])
            app.add_typer(groups[group], name=group)
        where = groups.get(group, app)
        where.command(name, epilog="Examples\n\n" + "\n\n".join(spec.examples).replace("[", r"\["))(bind(spec))
    return app


def _known(arguments: Sequence[str]) -> tuple[Sequence[CommandSpec], Mapping[str, str]]:
    """The commands, and what their groups are for. A server that is to start knows its own: it starts in half the time."""
    if arguments[:1] == [SERVE.name]:
        return (SERVE,), {}
    with loading():
        from transformer.cli.commands import COMMANDS, GROUPS
    return COMMANDS, GROUPS


def _version(wanted: bool) -> None:
    if wanted:
        print(f"transformer {version('transformer')}")  # noqa: T201 - data
        raise typer.Exit


def _common(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Read settings from this TOML file.", metavar="FILE")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error was raised.")] = False,
    show_version: Annotated[  # noqa: ARG001 - its callback has done it
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Run event-transformation code: offline over files, and on a server.

    Data goes to stdout, talk to stderr. Every command has --help with an example.
    """
    context.obj = Common(config=config, debug=debug)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line. Returns the exit code and never raises, whatever the arguments are."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        ended = application(given)(args=given, prog_name="transformer", standalone_mode=False)
    except typer.TyperException as wrong:
        if not wrong.format_message():
            return Exit.USAGE  # the help was asked for by saying nothing, and is there
        context: typer.Context | None = getattr(wrong, "ctx", None)
        command = context.command_path if context else "transformer"
        complain(f"{wrong.format_message().rstrip('.')} (`{command} --help` tells more)")
        return Exit.USAGE
    except typer.Abort:
        return Exit.INTERRUPTED
    return int(ended or 0)
