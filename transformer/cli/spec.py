"""What a command is, and how it becomes one of Typer's: settings become options, errors become one line and an exit code.

The options come from the settings table (`transformer.settings.Settings`), so a new setting is a flag without a word here.
Values stay text until `load_settings` reads them: what is allowed is said in one place, for flags, environment and file alike.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import typer
from pydantic import SecretStr

from transformer.cli.exits import CommandError, Exit, exit_of
from transformer.cli.talk import complain
from transformer.destinations.lines import DefinitionError
from transformer.errors import Code, TransformerError
from transformer.limits import Limits
from transformer.settings import Settings, SettingsError, load_settings

__all__ = ["EVERY_SETTING", "OFFLINE_SETTINGS", "CommandSpec", "Common", "bind"]

EVERY_SETTING: Final = tuple(name for name, field in Settings.model_fields.items() if field.annotation is not SecretStr)
"""Every setting that may be a flag. A secret may not: other users of the machine can read command lines."""
_INJECTED: Final = frozenset({"settings", "origins"})
OFFLINE_SETTINGS: Final = ("profile", "workspace_workers", *(field.name for field in fields(Limits)))
"""What matters where code runs in this process's own workers, without a server."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command. Its help is the docstring of `run` and the examples.

    run       a function with Typer's annotations; its parameters `settings` and `origins` are not options but what is in force
    settings  the settings that are flags of the command
    examples  command lines that work
    """

    name: str
    run: Callable[..., Exit]
    examples: tuple[str, ...]
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Common:
    """What was said before the command's name, for every command."""

    config: Path | None = None
    debug: bool = False


def bind(spec: CommandSpec) -> Callable[..., Exit]:
    """The function that Typer calls: `spec.run` with an option per setting, its errors told and turned into exit codes."""
    wanted = inspect.signature(spec.run, eval_str=True).parameters
    own = {name: parameter for name, parameter in wanted.items() if name not in _INJECTED}

    def bound(context: typer.Context, **given: Any) -> Exit:
        common: Common = context.obj or Common()
        try:
            arguments = {name: given[name] for name in own}
            if len(own) < len(wanted):
                in_force = _in_force(common, {name: given[_parameter(name)] for name in spec.settings})
                arguments |= {name: in_force[name] for name in wanted if name in _INJECTED}
            return spec.run(**arguments)
        except (Exception, KeyboardInterrupt) as raised:  # noqa: BLE001 - the last one to say it in words
            return _told(raised, debug=common.debug)

    parameters = [
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own.values()),
        *map(_option, spec.settings),
    ]
    bound.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
    bound.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    bound.__doc__ = _help(spec)
    return bound


def _help(spec: CommandSpec) -> str:
    """The docstring with one line per paragraph: Typer breaks lines where they end."""
    paragraphs = inspect.cleandoc(spec.run.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).replace("[", r"\[")


def _in_force(common: Common, flags: Mapping[str, str | bool | None]) -> dict[str, Any]:
    settings, origins = load_settings(flags, common.config)
    return {"settings": settings, "origins": origins}


def _parameter(name: str) -> str:
    """The name of a setting's parameter, which must not meet a parameter of the command's own."""
    return f"setting_{name}"


def _option(name: str) -> inspect.Parameter:
    field = Settings.model_fields[name]
    is_switch = field.annotation is bool
    default = "" if is_switch or field.default in {"", None} else f" [default: {field.default}]"
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        help=f"{field.description}{default}".replace("[", r"\["),
        metavar=None if is_switch else _metavar(name, field.annotation),
        show_default=False,
        rich_help_panel="Settings",
    )
    return inspect.Parameter(
        _parameter(name),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[bool | None if is_switch else str | None, option],
    )


def _metavar(name: str, kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if kind is str:
        return "TEXT"
    return "SECONDS" if name.endswith("_seconds") else "BYTES" if name.endswith("_bytes") else "NUMBER"


def _told(raised: BaseException, *, debug: bool) -> Exit:
    """Tell what was raised, in one line, and choose the exit code."""
    if isinstance(raised, BrokenPipeError):
        # Nobody reads any more. What is still buffered must not complain when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    if debug:
        traceback.print_exception(raised)
    sentence, code = _sentence(raised)
    complain(sentence)
    return code


def _sentence(raised: BaseException) -> tuple[str, Exit]:
    match raised:
        case KeyboardInterrupt():
            return "interrupted", Exit.INTERRUPTED
        case CommandError():
            return raised.message, raised.exit_code
        case DefinitionError() | SettingsError():
            return str(raised), Exit.USAGE
        case TransformerError():
            away = raised.code is Code.UNREACHABLE and raised.message.endswith("cannot be reached")
            hint = "; start one with `transformer serve`, or name another with --server" if away else ""
            return f"{raised.code.text} {raised.message}{hint}", exit_of(raised)
        case OSError(filename=str(name)):
            return f"{name}: {(raised.strerror or 'cannot be used').lower()}", Exit.USAGE
        case _:
            kind = type(raised).__name__
            return f"a fault of ours: {kind}: {raised} (transformer --debug … shows where)", Exit.BROKEN
