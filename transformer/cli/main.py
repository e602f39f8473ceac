"""The program `transformer`: the list of its commands, and its way in.

A command's own errors are told in `spec.py`; here are only those of the command line itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import typer

from transformer.cli.activate import ACTIVATE, DEACTIVATE, ROLLBACK
from transformer.cli.apply import APPLY
from transformer.cli.audit import AUDIT
from transformer.cli.check import CHECK
from transformer.cli.dead_letters import DEAD_LETTERS
from transformer.cli.definitions import DEFINITIONS
from transformer.cli.demo import DEMO
from transformer.cli.events import EVENTS
from transformer.cli.exits import MEANINGS, Exit
from transformer.cli.gateway import GATEWAY
from transformer.cli.keys import KEYS
from transformer.cli.library import LIBRARY
from transformer.cli.list import LIST
from transformer.cli.mapper import MAPPER
from transformer.cli.publish import PUBLISH
from transformer.cli.replay import REPLAY
from transformer.cli.run import RUN
from transformer.cli.secrets import SECRETS
from transformer.cli.send import PIPELINE_RUN, SEND
from transformer.cli.serve import SERVE
from transformer.cli.settings import SETTINGS
from transformer.cli.show import DIFF, SHOW
from transformer.cli.spec import CommandSpec, Common, bind
from transformer.cli.table import TABLE
from transformer.cli.talk import complain
from transformer.cli.tap import TAP
from transformer.cli.test import TEST
from transformer.cli.warehouse import WAREHOUSE

__all__ = ["COMMANDS", "GROUPS", "application", "main"]

COMMANDS: Final[tuple[CommandSpec, ...]] = (
    DEMO,
    RUN,
    TEST,
    CHECK,
    EVENTS,
    SERVE,
    PUBLISH,
    ACTIVATE,
    DEACTIVATE,
    ROLLBACK,
    LIST,
    SHOW,
    DIFF,
    AUDIT,
    *KEYS,
    *SECRETS,
    *TABLE,
    *DEFINITIONS,
    PIPELINE_RUN,
    *APPLY,
    *LIBRARY,
    *MAPPER,
    *WAREHOUSE,
    GATEWAY,
    SEND,
    *DEAD_LETTERS,
    REPLAY,
    TAP,
    SETTINGS,
)
"""Every command, in the order of the help. One whose name has two words belongs to the group of the first."""

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dead-letters": "Look at events that failed and were kept, and remove them for good.",
        "destination": "Push where events go, with settings, and list, activate and delete them.",
        "pipeline": "Push what is to be done with events and where they go, run it, and list, activate and delete it.",
        "gateway": "Find out what a data plane that exists would meet at the HTTP gateway.",
        "library": "Use and write transforms that everybody may import, or run as a step.",
        "mapper": "Use and write what maps events to what destinations expect.",
        "keys": "Make, list and revoke the API keys that callers show a server.",
        "table": "Push reference tables, which code looks into, and list, activate and delete them.",
        "warehouse": "See what events are as rows of a warehouse, and make the tables for them.",
        "secrets": "Set, list and delete what code may ask for with getCredential, and rotate what encrypts it.",
    }
)
"""What a group of commands is for."""


def application() -> typer.Typer:
    """The command line as Typer has it. A new one with every call."""
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
    for spec in COMMANDS:
        group, _, name = spec.name.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=GROUPS[group])
            app.add_typer(groups[group], name=group)
        where = groups.get(group, app)
        where.command(name, epilog="Examples\n\n" + "\n\n".join(spec.examples).replace("[", r"\["))(bind(spec))
    return app


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
    try:
        ended = application()(
            args=list(sys.argv[1:] if arguments is None else arguments), prog_name="transformer", standalone_mode=False
        )
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
