"""`transformer settings`: what is in force and where it came from."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr

from transformer.cli.exits import Exit
from transformer.cli.spec import EVERY_SETTING, CommandSpec
from transformer.cli.talk import print_json, print_table, say
from transformer.settings import Origin, Settings
from transformer.settings_rudder import ignored

__all__ = ["SETTINGS", "shown"]

_PASSWORDS: Final = (
    re.compile(r"(https?://)[^/]+(?=@)"),  # there, the user alone may be a token
    re.compile(r"(://[^:/@]*:).*(?=@)"),
    re.compile(r"(?i)([?&][^=&]*password=)[^&]*"),
)


def show_settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    *,
    settings: Settings,
    origins: dict[str, Origin],
) -> Exit:
    """Print every setting: the value in force, where it came from, and what it is for.

    A flag wins over an environment variable TRANSFORMER_<NAME>, that over the TOML file (--config, or transformer.toml in the
    working directory), and that over the default. Passwords are not printed. With --rudder-environment, variables of
    RudderStack's transformers count where nothing else is said; those that mean nothing here are told at the end.
    """
    rows = [
        (name, shown(getattr(settings, name)), str(origins[name]), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json([{"name": name, "value": value, "origin": origin, "help": about} for name, value, origin, about in rows])
    else:
        print_table(
            ("setting", "value", "from", "what it is"),
            [(name, str(value), origin, about) for name, value, origin, about in rows],
        )
        for variable, reason in ignored(os.environ).items() if settings.rudder_environment else ():
            say(f"{variable} means nothing here: {reason}")
    return Exit.OK


def shown(value: Any) -> Any:
    """A setting's value without passwords."""
    if isinstance(value, SecretStr):
        return "***" if value.get_secret_value() else ""
    if isinstance(value, str):
        for pattern in _PASSWORDS:
            value = pattern.sub(r"\1***", value)
    return value


SETTINGS = CommandSpec(
    name="settings",
    run=show_settings,
    settings=EVERY_SETTING,
    examples=("transformer settings", "transformer settings --json", "transformer settings --workers 8"),
)
